"""Long values of a JSON text, decoded piece by piece.

msgspec keeps Python's lock until it has ended: half a second for Gemma 3's tokenizer.json, in which a window would
stand still. Programs write such a file with a line for every entry, and no JSON string has a line break in it: behind a
line the text can be cut.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

_T = TypeVar("_T")

PIECE_BYTES = 1 << 18  # 10 ms on a busy machine
_CLOSING = {b"{": b"}", b"[": b"]"}


@dataclass(frozen=True)
class LongValue:
    """An object or a list in a text. `pieces`: its entries, without brackets around them and commas between pieces."""

    bracket: bytes
    pieces: tuple[tuple[int, int], ...]

    @property
    def start(self) -> int:
        """Where its entries begin."""
        return self.pieces[0][0]

    @property
    def end(self) -> int:
        """Where they end."""
        return self.pieces[-1][1]

    def decoded(self, data: bytes, kind: type[_T]) -> Iterator[_T]:
        """Each piece as an object or a list of its own. Raises msgspec's errors."""
        for start, stop in self.pieces:
            yield msgspec.json.decode(self.bracket + data[start:stop] + _CLOSING[self.bracket], type=kind)


def long_value(data: bytes, name: str, start: int = 0) -> LongValue | None:
    """The first value of that name that is written in lines, from `start` on; whether it is valid is not looked at."""
    found = re.compile(rb'\n( *)"%b": ([{\[])(?=\n)' % name.encode()).search(data, start)
    if found is None:
        return None
    pieces = _pieces(data, found.end(), b"\n" + found[1] + _CLOSING[found[2]])
    return LongValue(found[2], tuple(pieces)) if pieces else None


def _pieces(data: bytes, start: int, last_line: bytes) -> list[tuple[int, int]]:
    """None at all where there is no last line, or nothing at all between two commas."""
    first_byte = data[start : start + PIECE_BYTES].lstrip()[:1]
    between = _CLOSING.get(first_byte, b"") + b",\n"  # entries may be lists or objects, in several lines
    pieces: list[tuple[int, int]] = []
    while True:
        comma = data.find(between, start + PIECE_BYTES)
        stop = len(data) if comma < 0 else comma + len(between) - len(b",\n")
        last = data.find(last_line, start, stop)
        pieces.append((start, stop if last < 0 else last))
        if last >= 0:
            return pieces if len(pieces) == 1 or all(data[first:end].strip() for first, end in pieces) else []
        if comma < 0:
            return []
        start = stop + len(b",")


def without(data: bytes, values: Sequence[LongValue]) -> tuple[bytes, str]:
    """The text with one mark, which it has nowhere else, in the place of each value's entries; and the mark.

    The values come one after the other. Whoever decodes the rest sees by the mark whether they were the values meant.
    """
    mark = "taken out"
    while mark.encode() in data:
        mark += "!"
    parts, start = [], 0
    for value in values:
        parts += [data[start : value.start], b'"%b"' % mark.encode(), b":0" if value.bracket == b"{" else b""]
        start = value.end
    return b"".join([*parts, data[start:]]), mark
