"""The header of a safetensors file, checked so that no size in it is believed.

Format: github.com/huggingface/safetensors, README "Format": u64 length, JSON, then the data without holes.
The safetensors package does not tell where a tensor lies in the file, which streaming needs; so it is read here.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from app.core.checkpoint.checkpoint_values import StoredTensor, WeightFile
from app.core.checkpoint.dtypes import ITEM_BYTES
from app.core.checkpoint.folder import open_own
from app.core.checkpoint.header_json import (
    Entry,
    HeaderError,
    HeaderJson,
    impossible_offsets,
    impossible_shape,
    unknown_dtype,
)
from app.core.text import counted, text

HEADER_LIMIT = 100_000_000  # safetensors/src/tensor.rs, MAX_HEADER_SIZE
MOST_TENSORS = 1 << 19  # of a folder; Kimi K2 Thinking has 208,000 as published: 60 layers of 384 experts, 9 for each
LENGTH_BYTES = 8
DIMENSION_LIMIT = 1 << 31  # an MLX dimension is an int32 (mlx/array.h)
ELEMENT_LIMIT = 1 << 56  # times 64 bits it still fits what safetensors counts in


@dataclass(frozen=True)
class Header:
    """What a header says; `tensors` in the order of their data."""

    file: WeightFile
    tensors: tuple[StoredTensor, ...]
    metadata: Mapping[str, str]


class HeaderBudget:
    """What the headers of a folder may take together: as many bytes as the format allows for one, and tensors."""

    def __init__(self) -> None:
        self._bytes, self._tensors = HEADER_LIMIT, MOST_TENSORS

    def take_bytes(self, count: int) -> None:
        """Raises HeaderError."""
        if count > HEADER_LIMIT:
            raise HeaderError(text("it claims a header of {count:,} bytes, more than the format allows", count=count))
        if count > self._bytes:
            raise HeaderError(
                text(
                    "it has a header of {count:,} bytes; those of all files together may have {limit:,}",
                    count=count,
                    limit=HEADER_LIMIT,
                )
            )
        self._bytes -= count

    def take_tensors(self, count: int) -> None:
        """Raises HeaderError."""
        if count > self._tensors:
            raise HeaderError(
                counted(
                    "it names {count:,} tensor; all files together may name {limit:,}",
                    "it names {count:,} tensors; all files together may name {limit:,}",
                    count,
                    limit=MOST_TENSORS,
                )
            )
        self._tensors -= count


def read_header(path: Path, budget: HeaderBudget | None = None) -> Header:
    """Read and check the header of one file, not its data. Raises HeaderError, OSError."""
    budget = budget or HeaderBudget()
    with open_own(path) as stream:
        status = os.fstat(stream.fileno())
        length = int.from_bytes(stream.read(LENGTH_BYTES), "little")
        if status.st_size < LENGTH_BYTES:
            raise HeaderError(text("it is too short to be a safetensors file"))
        if length <= HEADER_LIMIT and LENGTH_BYTES + length > status.st_size:
            raise HeaderError(text("it ends inside its header: it is truncated"))
        budget.take_bytes(length)
        found = HeaderJson(stream.read(length))
    budget.take_tensors(found.tensor_count)
    file = WeightFile(path, status.st_size, status.st_mtime_ns, found.tensor_count)
    start = LENGTH_BYTES + length
    tensors = [_tensor(name, entry, file, start) for name, entry in found.entries()]
    tensors.reverse()
    found.check_unique()
    tensors.sort(key=lambda tensor: (tensor.offset, tensor.byte_count))  # an empty one takes no room
    _check_layout(tensors, start, status.st_size)
    return Header(file, tuple(tensors), found.metadata)


def _tensor(name: str, entry: Entry, file: WeightFile, start: int) -> StoredTensor:
    dtype, shape, (first, last) = entry.dtype, entry.shape, entry.data_offsets
    if dtype not in ITEM_BYTES:
        raise unknown_dtype(name, dtype)
    if shape and not (min(shape) >= 0 and max(shape) < DIMENSION_LIMIT and not _overflows(shape)):
        raise impossible_shape(name, list(shape))
    if not 0 <= first <= last:
        raise impossible_offsets(name, [first, last])
    byte_count = last - first
    if prod(shape) * ITEM_BYTES[dtype] != byte_count:
        raise HeaderError(
            text(
                "it gives tensor {tensor!r} {count:,} bytes, which do not fit its shape {shape} in {dtype}",
                tensor=name,
                count=byte_count,
                shape=list(shape),
                dtype=dtype,
            )
        )
    return StoredTensor(name, dtype, shape, file, start + first, byte_count)


def _overflows(shape: tuple[int, ...]) -> bool:
    return prod(filter(None, shape)) >= ELEMENT_LIMIT  # a zero does not excuse what stands beside it


def _check_layout(tensors: list[StoredTensor], start: int, file_bytes: int) -> None:
    end = start
    for tensor in tensors:
        if tensor.offset < end:
            raise HeaderError(
                text("it has overlapping tensors: {tensor!r} begins inside the one before it", tensor=tensor.name)
            )
        if tensor.offset > end:
            raise HeaderError(text("it has a gap before tensor {tensor!r}", tensor=tensor.name))
        end = tensor.offset + tensor.byte_count
    if end > file_bytes:
        last = next(t for t in tensors if t.offset + t.byte_count > file_bytes)
        raise HeaderError(
            counted(
                "it is truncated: {count:,} byte is missing, from tensor {tensor!r} on",
                "it is truncated: {count:,} bytes are missing, from tensor {tensor!r} on",
                end - file_bytes,
                tensor=last.name,
            )
        )
    if end < file_bytes:
        raise HeaderError(
            counted(
                "it has {count:,} unexpected byte after its last tensor",
                "it has {count:,} unexpected bytes after its last tensor",
                file_bytes - end,
            )
        )
