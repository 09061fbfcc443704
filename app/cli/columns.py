"""Text in the columns of a terminal, where Chinese characters take two."""

import textwrap
from functools import lru_cache
from unicodedata import east_asian_width

LINE = 100  # of prose
FIRST_WIDE = "\u1100"  # no sign before it is wide


def width_of(said: str) -> int:
    """Columns that a text takes."""
    if said.isascii():
        return len(said)
    return _width_of(said)


@lru_cache(1024)  # of many rows, most have the same few
def _width_of(said: str) -> int:
    return sum(map(_width, said))


def _width(sign: str) -> int:
    return 2 if sign >= FIRST_WIDE and east_asian_width(sign) in "WF" else 1


def padded(said: str, width: int, right: bool = False) -> str:
    """With spaces after it, or before it, as far as it is narrower."""
    if said.isascii():
        return said.rjust(width) if right else said.ljust(width)
    spaces = " " * (width - width_of(said))
    return spaces + said if right else said + spaces


def cut(said: str, width: int) -> str:
    """As much of it as fits."""
    if said.isascii():
        return said[:width]
    used = 0
    for place, sign in enumerate(said):
        used += _width(sign)
        if used > width:
            return said[:place]
    return said


def wrapped(said: str, begin: str) -> list[str]:
    """Prose in lines of LINE columns; `begin` stands before the first, two spaces before the others."""
    width = LINE * len(said) // width_of(said) if said else LINE  # characters, as wide as these are on average
    # an option or a name stays in one piece
    return textwrap.wrap(said, width, initial_indent=begin, subsequent_indent="  ", break_on_hyphens=False)
