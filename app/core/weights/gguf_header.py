"""The header of a GGUF file that may be damaged, or made to harm: counts are not believed, and nothing grows with them.

Format: github.com/ggml-org/ggml, docs/gguf.md. gguf's own reader makes an object of each item of an array before it
knows whether the file has it.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol

import numpy as np
from gguf import GGML_QUANT_SIZES, GGUF_DEFAULT_ALIGNMENT, GGMLQuantizationType, GGUFValueType

from app.core.text import Text, text

MAGIC = b"GGUF"
VERSIONS = (2, 3)
ITEMS = {
    **{GGUFValueType.UINT8: "B", GGUFValueType.INT8: "b", GGUFValueType.UINT16: "H", GGUFValueType.INT16: "h"},
    **{GGUFValueType.UINT32: "I", GGUFValueType.INT32: "i", GGUFValueType.UINT64: "Q", GGUFValueType.INT64: "q"},
    **{GGUFValueType.FLOAT32: "f", GGUFValueType.FLOAT64: "d", GGUFValueType.BOOL: "?"},
}
MOST_DIMENSIONS = 4
LARGEST_ALIGNMENT = 1 << 16


class BadHeaderError(Exception):
    """The text continues 'The file cannot be read: …'."""


class HeaderBytes(Protocol):
    """The beginning of a file, or all of it: bytes, or a mapped file."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> bytes: ...


@dataclass(frozen=True)
class HeaderLimits:
    """Bytes of the header, tensors, keys, and items of all lists together; a larger header is refused."""

    byte_count: int
    tensors: int
    keys: int
    items: int


@dataclass(frozen=True, slots=True)
class FileTensor:
    """`shape` in rows-first order, the reverse of GGUF's; `offset` in the file, and its bytes by shape and type."""

    name: str
    shape: tuple[int, ...]
    type: GGMLQuantizationType
    offset: int
    byte_count: int


@dataclass(frozen=True)
class GgufHeader:
    """Keys with their values, lists as tuples, and tensors, in the file's order."""

    keys: dict[str, Any]
    tensors: tuple[FileTensor, ...]


def read_header(data: HeaderBytes, limits: HeaderLimits) -> GgufHeader:
    """Decode a header. Whether the tensors lie within the file is the caller's to ask. Raises BadHeaderError."""
    return _Reader(data, limits).header()


class _Reader:
    """Goes through the bytes once, in their order."""

    def __init__(self, data: HeaderBytes, limits: HeaderLimits) -> None:
        self._data, self._limits = data, limits
        self._end, self._at, self._items = min(len(data), limits.byte_count), 0, limits.items

    def header(self) -> GgufHeader:
        if self._take(min(self._end, len(MAGIC))) != MAGIC:
            raise BadHeaderError(text("it is not a GGUF file"))
        if self._number("I") not in VERSIONS:
            raise BadHeaderError(text("its GGUF version is unknown"))
        tensor_count = self._count(self._limits.tensors, lambda count: text("it claims {count:,} tensors", count=count))
        key_count = self._count(self._limits.keys, lambda count: text("it claims {count:,} keys", count=count))
        keys: dict[str, Any] = {}
        for _ in range(key_count):
            key = self._text()
            if key in keys:
                raise BadHeaderError(text("it has the key {key!r:.60} twice", key=key))
            keys[key] = self._value(self._number("I"))
        infos = [self._tensor_info() for _ in range(tensor_count)]
        alignment = keys.get("general.alignment", GGUF_DEFAULT_ALIGNMENT)
        if type(alignment) is not int or not 0 < alignment <= LARGEST_ALIGNMENT:
            raise BadHeaderError(text("its alignment is invalid"))
        start = -(-self._at // alignment) * alignment
        if len({name for name, *_ in infos}) != tensor_count:
            raise BadHeaderError(text("it names a tensor twice"))
        return GgufHeader(keys, tuple(_tensor(*info, start) for info in infos))

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > self._end:
            raise BadHeaderError(text("it ends inside its header, or the header is too long"))
        data, self._at = self._data[self._at : end], end
        return data

    def _number(self, form: str) -> Any:
        return struct.unpack("<" + form, self._take(struct.calcsize("<" + form)))[0]

    def _count(self, most: int, too_many: Callable[[int], Text]) -> int:
        count: int = self._number("Q")
        if count > most:
            raise BadHeaderError(too_many(count))
        return count

    def _text(self) -> str:
        try:
            return self._take(self._number("Q")).decode()
        except UnicodeDecodeError:
            raise BadHeaderError(text("it holds a name that is not a string")) from None

    def _value(self, kind: int) -> Any:
        if kind == GGUFValueType.STRING:
            return self._text()
        if kind in ITEMS:
            return self._number(ITEMS[GGUFValueType(kind)])
        if kind != GGUFValueType.ARRAY:
            raise BadHeaderError(text("it holds a value of the unknown type {kind}", kind=kind))
        item_kind = self._number("I")
        if item_kind != GGUFValueType.STRING and item_kind not in ITEMS:
            raise BadHeaderError(text("it holds an array of an unknown type"))
        length = self._count(self._items, lambda count: text("it claims {count:,} items in a list", count=count))
        self._items -= length
        if item_kind == GGUFValueType.STRING:
            return tuple(self._text() for _ in range(length))
        item = np.dtype("<" + ITEMS[GGUFValueType(item_kind)])
        return tuple(np.frombuffer(self._take(length * item.itemsize), item).tolist())

    def _tensor_info(self) -> tuple[str, tuple[int, ...], int, int]:
        name, rank = self._text(), self._number("I")
        if rank > MOST_DIMENSIONS:
            raise BadHeaderError(text("{tensor!r:.60} has {rank} dimensions", tensor=name, rank=rank))
        return name, tuple(self._number("Q") for _ in range(rank)), self._number("I"), self._number("Q")


def _tensor(name: str, lengths: tuple[int, ...], kind: int, offset: int, start: int) -> FileTensor:
    try:
        known = GGMLQuantizationType(kind)
    except ValueError:
        raise BadHeaderError(text("{tensor!r:.60} is of the unknown type {kind}", tensor=name, kind=kind)) from None
    block, block_bytes = GGML_QUANT_SIZES[known]
    if lengths and lengths[0] % block:
        raise BadHeaderError(text("{tensor!r:.60} does not end with a block", tensor=name))
    return FileTensor(name, lengths[::-1], known, start + offset, prod(lengths) // block * block_bytes)
