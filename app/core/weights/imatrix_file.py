"""Reading an importance matrix as llama-imatrix writes it: a GGUF file that is not believed before it is checked.

Format: llama.cpp, tools/imatrix/imatrix.cpp, save_imatrix; common/imatrix-loader.cpp.
"""

import hashlib
import os
import struct
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np
from gguf import GGMLQuantizationType

from app.core.checkpoint import StoredTensor, WeightFile
from app.core.checkpoint.folder import open_regular
from app.core.errors import PlanError
from app.core.model.imatrix import COUNTS, SUMS, Imatrix, TensorImportance
from app.core.system_reasons import system_reason
from app.core.text import reason_of, text
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.gguf_header import MAGIC, BadHeaderError, FileTensor, HeaderLimits, read_header
from app.core.weights.importance import LARGEST, importance_values, read_floats

HEADER_LIMIT = 1 << 24  # bytes; a hundred times that of the largest model
# The largest that can be made, Kimi K2's, has 1.5 GB, 366 tensors and 2.8 million values in one of them
FILE_LIMIT = 1 << 33  # bytes
MOST_VALUES = 1 << 24  # of one tensor
LIMITS = HeaderLimits(HEADER_LIMIT, tensors=1 << 16, keys=1 << 12, items=1 << 16)
PIECE = 1 << 22
NEEDED_KEYS = (
    "imatrix.datasets",
    "imatrix.chunk_count",
    "imatrix.chunk_size",
)  # without them llama-quantize refuses it
LONGEST_NAME = 128
MAKE_ANEW = text("llama-imatrix makes one from a GGUF file of the model and a text.")


class _BadFileError(BadHeaderError):
    """The text continues 'The file is no importance matrix: …'."""


def read_imatrix(path: Path) -> Imatrix:
    """Read and check a whole file, numbers too; only their places are kept. Raises PlanError."""
    path = Path(path).absolute()
    try:
        with open_regular(path) as stream:
            _refuse_old_format(path, stream.read(PIECE))
            status = os.fstat(stream.fileno())
            if status.st_size > FILE_LIMIT:
                raise _BadFileError(text("it has {count:,} bytes, more than any model's", count=status.st_size))
            header = _Header(stream, path, status)
            digest = _digest(stream)
        with WeightReader([header.file]) as reader:
            for entry in header.entries:
                _check_numbers(entry, reader)
            reader.check_unchanged()
    except OSError as error:
        raise PlanError(
            text("{file} cannot be read: {reason}.", file=path, reason=system_reason(error)), text("Choose a file.")
        ) from None
    except BadHeaderError as error:
        raise PlanError(
            text("{file} is not an importance matrix: {reason}.", file=path.name, reason=reason_of(error)), MAKE_ANEW
        ) from None
    return Imatrix(header.file, digest, header.entries, header.datasets, header.chunk_count)


def _refuse_old_format(path: Path, start: bytes) -> None:
    if start.startswith(MAGIC):
        return
    if _looks_old(start):
        raise PlanError(
            text("{file} is an importance matrix in llama.cpp's old format.", file=path.name),
            text("Convert it: llama-imatrix --in-file {file} -o {stem}.gguf", file=path.name, stem=path.stem),
        )
    raise _BadFileError(text("it is not a GGUF file"))


def _looks_old(start: bytes) -> bool:
    """Number of entries; of each the length of its name, the name, … (common_imatrix_load_legacy)."""
    if len(start) < 8:
        return False
    entry_count, length = struct.unpack_from("<ii", start)
    name = start[8 : 8 + length] if 0 < length <= LONGEST_NAME else b""
    return entry_count > 0 and len(name) == length and name.isascii() and name.decode("ascii").isprintable()


def _digest(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    stream.seek(0)
    while piece := stream.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _check_numbers(entry: TensorImportance, reader: WeightReader) -> None:
    sums, counts = read_floats(entry.sums, reader), read_floats(entry.counts, reader)
    if not (np.isfinite(counts).all() and np.isfinite(sums).all()):
        raise _BadFileError(text("its numbers for {tensor} are not finite", tensor=entry.name))
    values = importance_values(sums, counts)
    if not (values.min() >= 0 and values.max() <= LARGEST):
        raise _BadFileError(text("its numbers for {tensor} are not mean squares", tensor=entry.name))


class _Header:
    """What the header says, in the order of the file. Raises BadHeaderError."""

    def __init__(self, stream: BinaryIO, path: Path, status: os.stat_result) -> None:
        stream.seek(0)
        header = read_header(stream.read(HEADER_LIMIT), LIMITS)
        keys = header.keys
        if keys.get("general.type") == "model":
            raise _BadFileError(text("it is a model"))
        if keys.get("general.type") != "imatrix":
            raise _BadFileError(text("general.type is {value!r:.40}", value=keys.get("general.type")))
        missing = [key for key in NEEDED_KEYS if key not in keys]
        if missing:
            raise _BadFileError(text("{key} is missing", key=missing[0]))
        self.file = WeightFile(path, status.st_size, status.st_mtime_ns, len(header.tensors))
        self.entries = tuple(_entries([self._stored(tensor) for tensor in header.tensors]))
        datasets, chunks = keys["imatrix.datasets"], keys["imatrix.chunk_count"]
        self.datasets = tuple(name for name in datasets if isinstance(name, str)) if isinstance(datasets, tuple) else ()
        self.chunk_count = chunks if type(chunks) is int and 0 <= chunks < 1 << 32 else 0

    def _stored(self, tensor: FileTensor) -> StoredTensor:
        if tensor.type != GGMLQuantizationType.F32:
            raise _BadFileError(text("{tensor!r:.60} is not stored as F32", tensor=tensor.name))
        count = prod(tensor.shape)
        if count > MOST_VALUES:
            raise _BadFileError(text("it claims {count:,} values for {tensor!r:.60}", count=count, tensor=tensor.name))
        if not count or tensor.offset + tensor.byte_count > self.file.byte_count:
            raise _BadFileError(text("it holds nothing for {tensor!r:.60}, or ends before it", tensor=tensor.name))
        return StoredTensor(tensor.name, "F32", tensor.shape, self.file, tensor.offset, tensor.byte_count)


def _entries(stored: list[StoredTensor]) -> Iterator[TensorImportance]:
    by_name = {tensor.name: tensor for tensor in stored}
    names = [name.removesuffix(SUMS) for name in by_name if name.endswith(SUMS)]
    if not names:
        raise _BadFileError(text("it holds no numbers"))
    if len(names) * 2 != sum(name.endswith((SUMS, COUNTS)) for name in by_name):
        raise _BadFileError(text("sums and counts do not match"))
    for name in names:
        sums, counts = by_name[name + SUMS], by_name.get(name + COUNTS)
        if counts is None or sums.byte_count % counts.byte_count:
            raise _BadFileError(text("sums and counts of {tensor!r:.60} do not match", tensor=name))
        yield TensorImportance(sums, counts)
