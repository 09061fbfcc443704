"""A finished GGUF file, whoever wrote it: its header, and the bytes of its tensors."""

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
from app.core.text import reason_of, text
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
    _file: WeightFile
    _reader: WeightReader

    def raw(self, tensor: FileTensor, first: int = 0, count: int | None = None) -> Bytes:
        """`count` of a tensor's bytes from `first` on, all of them if None: (n,) uint8. Raises ConversionError."""
        size = tensor.byte_count if count is None else count
        return self._reader.read(self._file, tensor.offset + first, np.empty(size, np.uint8))


@contextmanager
def open_gguf(path: Path) -> Iterator[GgufFile]:
    """The file while it is open, with all its tensors in it. Raises CheckpointError; ConversionError if it changes."""
    try:
        with open_regular(path) as stream:
            status = os.fstat(stream.fileno())
            header = _header(stream) if status.st_size else read_header(b"", LIMITS)
        _check(header, status.st_size)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except BadHeaderError as error:
        raise _unreadable(path, reason_of(error)) from None
    file = WeightFile(path, status.st_size, status.st_mtime_ns, len(header.tensors))
    with WeightReader([file]) as reader:
        yield GgufFile(path.name, header.keys, {tensor.name: tensor for tensor in header.tensors}, file, reader)
        reader.check_unchanged()


def _header(stream: BinaryIO) -> GgufHeader:
    """Of a file that is not empty; it is mapped, for nobody knows how long its header is."""
    with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return read_header(mapped, LIMITS)


def _check(header: GgufHeader, size: int) -> None:
    count = header.keys.get("split.count", 1)
    if count != 1:
        raise BadHeaderError(text("it is one of {count!r:.20} parts; llama-gguf-split --merge joins them", count=count))
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
