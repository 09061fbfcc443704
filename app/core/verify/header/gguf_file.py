"""A finished GGUF file, whoever wrote it: its header, and the bytes of its tensors. It may be in parts."""

import mmap
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from app.core.arrays import Bytes
from app.core.checkpoint import WeightFile
from app.core.checkpoint.folder import open_regular
from app.core.errors import CheckpointError
from app.core.system_reasons import system_reason
from app.core.text import reason_of, text
from app.core.verify.header.split_parts import PART_KEYS, check_part, check_tensors, other_parts
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.gguf_header import BadHeaderError, FileTensor, GgufHeader, HeaderLimits, read_header

# The largest vocabulary, Kimi K2's and Gemma 4's, takes 30 MB and a million items, the largest model 2,000 tensors
LIMITS = HeaderLimits(byte_count=1 << 28, tensors=1 << 17, keys=1 << 12, items=1 << 22)


@dataclass(frozen=True)
class GgufFile:
    """Keys and tensors of an open file."""

    name: str
    keys: Mapping[str, Any]
    tensors: Mapping[str, FileTensor]
    _files: Mapping[str, WeightFile]  # by tensor
    _reader: WeightReader

    def raw(self, tensor: FileTensor, first: int = 0, count: int | None = None) -> Bytes:
        """`count` of a tensor's bytes from `first` on, all of them if None: (n,) uint8. Raises ConversionError."""
        size = tensor.byte_count if count is None else count
        return self._reader.read(self._files[tensor.name], tensor.offset + first, np.empty(size, np.uint8))


@contextmanager
def open_gguf(path: Path) -> Iterator[GgufFile]:
    """The file while it is open, with all its tensors in it; of one in parts `path` is the first.

    Raises CheckpointError; ConversionError if it changes.
    """
    first, header = _opened(path)
    found = {first: header.tensors}
    with _explained(path):
        others = other_parts(path, header.keys)
    for number, other in enumerate(others, 1):
        file, part = _opened(other)
        with _explained(other):
            check_part(header.keys, part.keys, number)
        found[file] = part.tensors
    tensors = [tensor for some in found.values() for tensor in some]
    with _explained(path):
        check_tensors(header.keys, [tensor.name for tensor in tensors])
    files = {tensor.name: file for file, some in found.items() for tensor in some}
    with WeightReader(found) as reader:
        keys = {key: value for key, value in header.keys.items() if key not in PART_KEYS}
        yield GgufFile(path.name, keys, {tensor.name: tensor for tensor in tensors}, files, reader)
        reader.check_unchanged()


def read_whole_header(path: Path) -> GgufHeader:
    """Of a file, or of one part of a model in several, with all its tensors in it. Raises CheckpointError."""
    return _opened(path)[1]


def _opened(path: Path) -> tuple[WeightFile, GgufHeader]:
    """One file, with all its tensors in it. Raises CheckpointError."""
    with _explained(path), open_regular(path) as stream:
        status = os.fstat(stream.fileno())
        header = _header(stream, status.st_size)
    return WeightFile(path, status.st_size, status.st_mtime_ns, len(header.tensors)), header


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unreadable(path, system_reason(error)) from None
    except BadHeaderError as error:
        raise _unreadable(path, reason_of(error)) from None


def _header(stream: BinaryIO, size: int) -> GgufHeader:
    """The file is mapped, for nobody knows how long its header is; an empty one cannot be."""
    if not size:
        return read_header(b"", LIMITS)
    with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        header = read_header(mapped, LIMITS)
    _refuse_cut(header, size)
    return header


def _refuse_cut(header: GgufHeader, size: int) -> None:
    for tensor in header.tensors:
        missing = tensor.offset + tensor.byte_count - size
        if missing > 0:
            raise BadHeaderError(
                text(
                    "it ends before its tensor {tensor!r:.60} does; {count:,} bytes are missing",
                    tensor=tensor.name,
                    count=missing,
                )
            )


def _unreadable(path: Path, reason: str) -> CheckpointError:
    return CheckpointError(
        text("{file} cannot be read: {reason}.", file=path.name, reason=reason),
        text("Choose a GGUF file that is whole."),
    )
