"""Reads Mach-O files, the programs and libraries of macOS, as far as its loader asks: mach-o/loader.h and nlist.h."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Version = tuple[int, int]

ARM64 = 0x0100000C
THIN, UNIVERSAL = b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"
MOST_SLICES = 8  # a file of Java, which begins as a universal one does, has its version in this place
HEADER_BYTES = 32
SYMBOL_TABLE, OLDEST_MACOS, BUILD_VERSION = 0x02, 0x24, 0x32
LIBRARIES = (0x0C, 0x80000018, 0x8000001F)  # loaded, loaded if it is there, passed on
# nlist_64: what n_type and n_desc say
EXTERNAL, KIND, UNDEFINED, STABS, WEAK = 0x01, 0x0E, 0x00, 0xE0, 0x40


@dataclass(frozen=True)
class Slice:
    """The arm64 part of a file. `minimum`: the oldest macOS it names; `needed`: symbols that must be there."""

    minimum: Version | None
    links: tuple[str, ...]
    needed: frozenset[str]
    byte_count: int


def is_mach_o(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(8).ljust(8, b"\0")
    return start[:4] == THIN or (start[:4] == UNIVERSAL and 0 < struct.unpack(">I", start[4:])[0] < MOST_SLICES)


def read_slice(path: Path) -> Slice | None:
    """The part for arm64, None without one."""
    data = path.read_bytes()
    for kind, start, size in _slices(data):
        if kind == ARM64:
            return _slice(data[start : start + size])
    return None


def _slices(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(processor, first byte, bytes) of each."""
    if data[:4] == THIN:
        yield struct.unpack_from("<I", data, 4)[0], 0, len(data)
        return
    (count,) = struct.unpack_from(">I", data, 4)
    for kind, _, start, size, _ in struct.iter_unpack(">IIIII", data[8 : 8 + 20 * count]):
        yield kind, start, size


def _slice(data: bytes) -> Slice:
    minimum, links, needed = None, [], frozenset[str]()
    for kind, command in _commands(data):
        if kind in LIBRARIES:
            (place,) = struct.unpack_from("<I", command, 8)
            links.append(command[place:].split(b"\0")[0].decode())
        elif kind == OLDEST_MACOS:
            minimum = _version(struct.unpack_from("<I", command, 8)[0])
        elif kind == BUILD_VERSION:
            minimum = _version(struct.unpack_from("<I", command, 12)[0])
        elif kind == SYMBOL_TABLE:
            needed = _needed(data, *struct.unpack_from("<IIII", command, 8))
    return Slice(minimum, tuple(links), needed, len(data))


def _commands(data: bytes) -> Iterator[tuple[int, bytes]]:
    (count,) = struct.unpack_from("<I", data, 16)
    place = HEADER_BYTES
    for _ in range(count):
        kind, size = struct.unpack_from("<II", data, place)
        yield kind, data[place : place + size]
        place += size


def _version(number: int) -> Version:
    return number >> 16, number >> 8 & 0xFF


def _needed(data: bytes, symbols: int, count: int, strings: int, string_bytes: int) -> frozenset[str]:
    """Undefined external symbols that are not weak."""
    names = data[strings : strings + string_bytes]
    entries = struct.iter_unpack("<IBBHQ", data[symbols : symbols + 16 * count])
    return frozenset(
        names[place : names.index(b"\0", place)].decode()
        for place, kind, _, description, _ in entries
        if kind & EXTERNAL and not kind & STABS and kind & KIND == UNDEFINED and not description & WEAK
    )
