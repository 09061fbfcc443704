"""The header of a safetensors file, checked so that no size in it is believed.

Format: github.com/huggingface/safetensors, README "Format": u64 length, JSON, then the data without holes.
The safetensors package does not tell where a tensor lies in the file, which streaming needs; so it is read here.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from app.core.checkpoint.dtypes import ITEM_BYTES
from app.core.checkpoint.folder import open_own
from app.core.checkpoint.json_files import UnreadableJsonError, parse_object
from app.core.checkpoint.stored import StoredTensor, WeightFile

HEADER_LIMIT = 100_000_000  # safetensors/src/tensor.rs, MAX_HEADER_SIZE
LENGTH_BYTES = 8
ENTRY_KEYS = {"dtype", "shape", "data_offsets"}
DIMENSION_LIMIT = 1 << 31  # an MLX dimension is an int32 (mlx/array.h)
ELEMENT_LIMIT = 1 << 56  # times 64 bits it still fits what safetensors counts in


class HeaderError(Exception):
    """The file is no sound safetensors file; the text says why, in words that continue 'The file …'."""


@dataclass(frozen=True)
class Header:
    """What a header says; `tensors` in the order of their data."""

    file: WeightFile
    tensors: tuple[StoredTensor, ...]
    metadata: Mapping[str, Any]


def read_header(path: Path) -> Header:
    """Read and check the header of one file, not its data. Raises HeaderError, OSError."""
    with open_own(path) as stream:
        status = os.fstat(stream.fileno())
        length = int.from_bytes(stream.read(LENGTH_BYTES), "little")
        if status.st_size < LENGTH_BYTES:
            raise HeaderError("is too short to be a safetensors file")
        if length > HEADER_LIMIT:
            raise HeaderError(f"claims a header of {length:,} bytes, more than the format allows")
        if LENGTH_BYTES + length > status.st_size:
            raise HeaderError("ends inside its header: it is truncated")
        data = stream.read(length)
    try:
        entries = parse_object(data, _unique)
    except UnreadableJsonError as error:
        raise HeaderError(f"has a header that cannot be used: {error}") from None
    metadata = _metadata(entries.pop("__metadata__", None))
    file = WeightFile(path, status.st_size, status.st_mtime_ns, len(entries))
    start = LENGTH_BYTES + length
    found = (_entry(name, value, file, start) for name, value in entries.items())
    tensors = sorted(found, key=lambda tensor: (tensor.offset, tensor.byte_count))  # an empty one takes no room
    _check_layout(tensors, start, status.st_size)
    return Header(file, tuple(tensors), metadata)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableJsonError("it names a tensor twice")
    return found


def _metadata(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise HeaderError("has metadata that is not an object of texts")
    return value


def _entry(name: str, value: Any, file: WeightFile, start: int) -> StoredTensor:
    if not isinstance(value, dict) or value.keys() != ENTRY_KEYS:
        raise HeaderError(f"describes tensor {name!r} in a way that is not understood")
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(dtype, str) or dtype not in ITEM_BYTES:
        raise HeaderError(f"stores tensor {name!r} with the unknown dtype {dtype!r}")
    if not _are_sizes(shape) or any(n >= DIMENSION_LIMIT for n in shape) or _overflows(shape):
        raise HeaderError(f"gives tensor {name!r} the impossible shape {shape!r}")
    if not _are_sizes(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise HeaderError(f"gives tensor {name!r} impossible offsets {offsets!r}")
    byte_count = offsets[1] - offsets[0]
    if prod(shape) * ITEM_BYTES[dtype] != byte_count:
        raise HeaderError(f"gives tensor {name!r} {byte_count:,} bytes, which do not fit its shape {shape} in {dtype}")
    return StoredTensor(name, dtype, tuple(shape), file, start + offsets[0], byte_count)


def _are_sizes(value: Any) -> bool:
    return isinstance(value, list) and all(type(n) is int and n >= 0 for n in value)


def _overflows(shape: list[int]) -> bool:
    return prod(n for n in shape if n) >= ELEMENT_LIMIT  # a zero does not excuse what stands beside it


def _check_layout(tensors: list[StoredTensor], start: int, file_bytes: int) -> None:
    end = start
    for tensor in tensors:
        if tensor.offset < end:
            raise HeaderError(f"has overlapping tensors: {tensor.name!r} begins inside the one before it")
        if tensor.offset > end:
            raise HeaderError(f"has a hole before tensor {tensor.name!r}")
        end = tensor.offset + tensor.byte_count
    if end > file_bytes:
        last = next(t for t in tensors if t.offset + t.byte_count > file_bytes)
        raise HeaderError(f"is truncated: {end - file_bytes:,} bytes are missing, from tensor {last.name!r} on")
    if end < file_bytes:
        raise HeaderError(f"has {file_bytes - end:,} bytes after its last tensor that belong to nothing")
