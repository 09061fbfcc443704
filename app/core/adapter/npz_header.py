"""The entries of an .npz file as MLX and NumPy write it: where each array lies, with no size in it believed.

Format: APPNOTE.TXT of PKWARE, 4.3; numpy/lib/format.py. Only arrays that are stored as they are can be read in pieces:
those of mx.savez and np.savez are, those of np.savez_compressed are not. No pickle is ever read.
"""

import os
import re
import struct
from math import prod
from pathlib import Path
from typing import IO, NamedTuple

from app.core.checkpoint import StoredTensor, WeightFile
from app.core.checkpoint.dtypes import ITEM_BYTES
from app.core.checkpoint.folder import open_own
from app.core.checkpoint.header_json import HeaderError, impossible_offsets, impossible_shape, unknown_dtype
from app.core.checkpoint.safetensors_header import DIMENSION_LIMIT, ELEMENT_LIMIT, Header
from app.core.text import text

END = struct.Struct("<4s4H2LH")  # end of central directory record
ENTRY = struct.Struct("<4s6H3L5H2L")  # central directory header
LOCAL = struct.Struct("<4s5H3L2H")  # local file header
STORED, ENCRYPTED = 0, 1
DIRECTORY_LIMIT = 1 << 24  # bytes; 65,535 arrays, the most there can be, with names of 200 letters
MAGIC = b"\x93NUMPY"
LONGEST_ABOUT = 1000  # bytes; a shape of three numbers takes a tenth
ABOUT = re.compile(
    rb"\{'descr': '([<|]?\w+)', 'fortran_order': (True|False), 'shape': \(((?:\d{1,12}(?:, ?|,?(?=\))))*)\),? ?\} *\n"
)
DTYPES = {b"<f4": "F32", b"<f2": "F16", b"<V2": "BF16", b"|V2": "BF16"}  # NumPy has none for bfloat16: mlx/load.cpp


class _Entry(NamedTuple):
    name: str
    place: int
    byte_count: int


def read_npz_header(path: Path) -> Header:
    """Where the arrays of a file are, and what; not their values. Raises HeaderError, OSError."""
    with open_own(path) as stream:
        status = os.fstat(stream.fileno())
        found, end = _entries(stream, status.st_size)
        entries = sorted(found, key=lambda one: one.place)
        if len({one.name for one in entries}) < len(entries):
            raise HeaderError(text("it names an array twice"))
        file = WeightFile(path, status.st_size, status.st_mtime_ns, len(entries))
        tensors = tuple(_tensor(one, stream, file) for one in entries)
    for tensor, after in zip(tensors, [*(one.place for one in entries[1:]), end], strict=True):
        if tensor.offset + tensor.byte_count > after:
            raise impossible_offsets(tensor.name, [tensor.offset, tensor.offset + tensor.byte_count])
    return Header(file, tensors, {})


def _entries(stream: IO[bytes], file_bytes: int) -> tuple[list[_Entry], int]:
    """Of the directory, behind which nothing may come, and where it begins."""
    start = max(0, file_bytes - END.size)
    mark, disk, other_disk, here, count, size, place, comment = END.unpack(_read(stream, start, END.size))
    if mark != b"PK\5\6" or disk or other_disk or here != count or comment or place + size != start:
        raise HeaderError(text("it is no .npz file of MLX or NumPy, or it is truncated"))
    if size > DIRECTORY_LIMIT:
        raise HeaderError(text("its directory of {count:,} bytes is larger than any that is written", count=size))
    directory, at, found = _read(stream, place, size), 0, []
    for _ in range(count):
        entry, at = _entry(directory, at, place)
        found.append(entry)
    return found, place


def _entry(directory: bytes, at: int, end: int) -> tuple[_Entry, int]:
    if at + ENTRY.size > len(directory):
        raise HeaderError(text("its directory does not say what is in it"))
    mark, _, _, flags, method, _, _, _, packed, size, name_length, extra, comment, *_, place = ENTRY.unpack_from(
        directory, at
    )
    first = at + ENTRY.size
    name = directory[first : first + name_length].decode("utf-8", "replace").removesuffix(".npy")
    if mark != b"PK\1\2":
        raise HeaderError(text("its directory does not say what is in it"))
    if method != STORED or flags & ENCRYPTED:
        raise HeaderError(text("{tensor!r} in it is compressed or encrypted", tensor=name))
    if packed != size or place + LOCAL.size + size > end:
        raise impossible_offsets(name, [place, place + size])
    return _Entry(name, place, size), first + name_length + extra + comment


def _tensor(entry: _Entry, stream: IO[bytes], file: WeightFile) -> StoredTensor:
    mark, *_, name_length, extra = LOCAL.unpack(_read(stream, entry.place, LOCAL.size))
    begin = entry.place + LOCAL.size + name_length + extra
    start = _read(stream, begin, min(entry.byte_count, LONGEST_ABOUT))
    at = 12 if start[6:7] > b"\1" else 10  # the length has four bytes from version 2 on
    length = at + int.from_bytes(start[8:at], "little")
    about = ABOUT.fullmatch(start[at:length])
    if mark != b"PK\3\4" or start[: len(MAGIC)] != MAGIC or about is None:
        raise HeaderError(text("{tensor!r} in it is no array of numbers", tensor=entry.name))
    dtype = DTYPES.get(about[1])
    if dtype is None:
        raise unknown_dtype(entry.name, about[1].decode())
    shape = _shape(entry.name, about)
    count, byte_count = entry.byte_count - length, prod(shape) * ITEM_BYTES[dtype]
    if byte_count != count:
        raise HeaderError(
            text(
                "it gives tensor {tensor!r} {count:,} bytes, which do not fit its shape {shape} in {dtype}",
                tensor=entry.name,
                count=count,
                shape=list(shape),
                dtype=dtype,
            )
        )
    return StoredTensor(entry.name, dtype, shape, file, begin + length, byte_count)


def _shape(name: str, about: re.Match[bytes]) -> tuple[int, ...]:
    shape = tuple(int(number) for number in about[3].replace(b" ", b"").split(b",") if number)
    if any(one >= DIMENSION_LIMIT for one in shape) or prod(filter(None, shape)) >= ELEMENT_LIMIT:
        raise impossible_shape(name, list(shape))
    if about[2] == b"True" and sum(one > 1 for one in shape) > 1:  # of a vector MLX says so too
        raise HeaderError(text("it stores {tensor!r} column by column, which is not read", tensor=name))
    return shape


def _read(stream: IO[bytes], place: int, count: int) -> bytes:
    stream.seek(place)
    found = stream.read(count)
    if len(found) < count:
        raise HeaderError(text("it is no .npz file of MLX or NumPy, or it is truncated"))
    return found
