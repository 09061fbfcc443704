"""GGUF files that are wrong on purpose: one written anew by gguf's own writer, with tensors and keys changed."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import gguf
import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFValueType

from app.core.arrays import Bytes, Floats
from app.core.encode.encoder import encode
from tests.quick_reader import QuickReader


class Stored(NamedTuple):
    """A tensor of a file: `shape` in rows-first order, bytes (n,)."""

    shape: tuple[int, ...]
    type: GGMLQuantizationType
    raw: Bytes

    @property
    def values(self) -> Floats:
        """In the shape of the tensor."""
        return gguf.dequantize(self.raw.view(VIEWS.get(self.type, np.uint8)), self.type).reshape(self.shape)


VIEWS = {GGMLQuantizationType.F32: np.float32, GGMLQuantizationType.F16: np.float16}
Change = Callable[[Stored], Stored]


def read_tensors(path: Path) -> dict[str, Stored]:
    """All of a file, by name."""
    return {
        str(one.name): Stored(
            tuple(int(length) for length in reversed(one.shape)),
            GGMLQuantizationType(one.tensor_type),
            np.array(one.data).reshape(-1).view(np.uint8),
        )
        for one in QuickReader(path).tensors
    }


def read_keys(path: Path) -> dict[str, Any]:
    """All of a file; arrays are lists."""
    fields = QuickReader(path).fields.items()
    return {key: field.contents() for key, field in fields if not key.startswith("GGUF.")}


def spoil(
    path: Path,
    target: Path,
    *,
    tensors: Mapping[str, Change | Stored | None] | None = None,
    instead: Mapping[str, str] | None = None,
    keys: Mapping[str, Any] | None = None,
) -> Path:
    """Write `path` to `target` with some tensors changed, replaced or (None) left out.

    `instead`: names that get what another name had; a name that the file does not have comes last. `keys`: other
    values of the same types; None leaves the key out.
    """
    old, reader = read_tensors(path), QuickReader(path)
    new: dict[str, Stored | None] = {**old, **{name: old[other] for name, other in (instead or {}).items()}}
    for name, change in (tensors or {}).items():
        new[name] = change(old[name]) if callable(change) else change
    writer = gguf.GGUFWriter(target, "")
    writer.kv_data[0].clear()
    for key, field in reader.fields.items():
        if not key.startswith("GGUF."):
            value = (keys or {}).get(key, field.contents())
            if value is not None:
                kind = field.types[0]
                item = field.types[-1] if kind is GGUFValueType.ARRAY and len(field.types) > 1 else None
                writer.add_key_value(key, value, kind, item)
    for name, one in new.items():
        if one is not None:
            writer.add_tensor(name, _for_writer(one), raw_dtype=one.type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def _for_writer(one: Stored) -> np.ndarray:
    if one.type in VIEWS:
        return one.raw.view(VIEWS[one.type]).reshape(one.shape)
    block, block_bytes = GGML_QUANT_SIZES[one.type]
    return one.raw.reshape(*one.shape[:-1], one.shape[-1] // block * block_bytes)


def on_values(change: Callable[[Floats], Floats], importance: Floats | None = None) -> Change:
    """Other values in the same type. `importance`, (columns,): what blocks are chosen by, where it counts."""

    def changed(one: Stored) -> Stored:
        values = np.ascontiguousarray(change(one.values), np.float32).reshape(-1)
        out = np.empty(values.nbytes, np.uint8)
        raw = encode(values.view(np.uint8), "F32", one.type, out, importance).data
        return one._replace(raw=raw.copy())

    return changed


def on_bytes(change: Callable[[Bytes], None]) -> Change:
    """Bytes changed in place."""

    def changed(one: Stored) -> Stored:
        raw = one.raw.copy()
        change(raw)
        return one._replace(raw=raw)

    return changed


def encoded_as(kind: GGMLQuantizationType, importance: Floats | None = None) -> Change:
    """The same values in another type."""

    def changed(one: Stored) -> Stored:
        raw = np.ascontiguousarray(one.values).reshape(-1).view(np.uint8)
        out = np.empty(raw.size, np.uint8)
        return one._replace(type=kind, raw=encode(raw, "F32", kind, out, importance).data.copy())

    return changed
