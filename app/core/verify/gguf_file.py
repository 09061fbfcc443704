"""A finished GGUF file, whoever wrote it: its header, and the bytes of its tensors."""

import mmap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.core.arrays import Bytes
from app.core.checkpoint.folder import open_regular
from app.core.errors import CheckpointError
from app.core.text import reason_of, text
from app.core.weights.gguf_header import BadHeaderError, FileTensor, GgufHeader, HeaderLimits, read_header

# The largest vocabulary, Kimi K2's and Gemma 4's, takes 30 MB and a million items, the largest model 2,000 tensors
LIMITS = HeaderLimits(byte_count=1 << 28, tensors=1 << 17, keys=1 << 12, items=1 << 22)


@dataclass(frozen=True)
class GgufFile:
    """Keys and tensors of an open file; its bytes are mapped, not read."""

    name: str
    keys: Mapping[str, Any]
    tensors: Mapping[str, FileTensor]
    _bytes: Bytes

    def raw(self, tensor: FileTensor, first: int = 0, count: int | None = None) -> Bytes:
        """`count` of a tensor's bytes from `first` on, all of them if None: (n,) uint8."""
        start = tensor.offset + first
        return self._bytes[start : tensor.offset + tensor.byte_count if count is None else start + count]


@contextmanager
def open_gguf(path: Path) -> Iterator[GgufFile]:
    """The file while it is open, with all its tensors in it. Raises CheckpointError."""
    try:
        stream = open_regular(path)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    with stream:
        try:
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # it is empty, or of a kind that cannot be mapped
            raise _unreadable(path, text("it is not a GGUF file")) from None
        try:
            header = read_header(mapped, LIMITS)
            _check(header, len(mapped))
        except BadHeaderError as error:
            raise _unreadable(path, reason_of(error)) from None
        tensors = {tensor.name: tensor for tensor in header.tensors}
        yield GgufFile(path.name, header.keys, tensors, np.frombuffer(mapped, np.uint8))  # unmapped with the last view


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
