"""Mach-O files of a few hundred bytes, with what a loader reads of them."""

import struct

ARM64, X86_64 = 0x0100000C, 0x01000007
EXTERNAL_UNDEFINED, EXTERNAL_DEFINED, WEAK = 0x01, 0x0F, 0x40


def thin(
    minimum: tuple[int, int] | None = (14, 0),
    links: tuple[str, ...] = ("/usr/lib/libSystem.B.dylib",),
    symbols: tuple[tuple[str, int, int], ...] = (),
    processor: int = ARM64,
    old_command: bool = False,
) -> bytes:
    """One slice; `symbols`: name, n_type and n_desc."""
    commands = [_link(link) for link in links]
    if minimum:
        number = minimum[0] << 16 | minimum[1] << 8
        commands.append(
            struct.pack("<IIII", 0x24, 16, number, number)
            if old_command
            else struct.pack("<IIIIII", 0x32, 24, 1, number, number, 0)
        )
    strings, entries = b"\0", b""
    for name, kind, description in symbols:
        entries += struct.pack("<IBBHQ", len(strings), kind, 0, description, 0)
        strings += name.encode() + b"\0"
    start = 32 + sum(map(len, commands)) + 24
    commands.append(struct.pack("<IIIIII", 2, 24, start, len(symbols), start + len(entries), len(strings)))
    header = struct.pack("<IIIIIIII", 0xFEEDFACF, processor, 0, 6, len(commands), sum(map(len, commands)), 0, 0)
    return header + b"".join(commands) + entries + strings


def universal(*slices: tuple[int, bytes]) -> bytes:
    """Several slices, each with its processor, in one file."""
    place = 8 + 20 * len(slices)
    header, content = struct.pack(">4sI", b"\xca\xfe\xba\xbe", len(slices)), b""
    for processor, data in slices:
        header += struct.pack(">IIIII", processor, 0, place + len(content), len(data), 0)
        content += data
    return header + content


def _link(path: str) -> bytes:
    name = path.encode() + b"\0"
    name += b"\0" * (-(24 + len(name)) % 8)
    return struct.pack("<IIIIII", 0x0C, 24 + len(name), 24, 0, 0, 0) + name
