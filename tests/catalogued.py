"""Every text that the program makes while the tests run is one that the catalogues have.

A test that reads the source finds what is written there; this one sees what was really said, whichever way it was made.
"""

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from types import FrameType
from typing import Any

from babel.messages.pofile import read_po

import app.core.text
from app.core.language import DOMAIN
from app.core.resources import resource_path
from app.core.text import Text

APP = Path(app.__file__).parent
SKIPPED = __file__, app.core.text.__file__
CATALOGUE = resource_path("locale") / "zh_CN" / "LC_MESSAGES" / f"{DOMAIN}.po"  # they all have the same texts

_seen: set[tuple[str, str]] = set()
_new: list[tuple[str, str]] = []
_make = Text.__new__


def watch() -> None:
    """Note each template from now on, once."""

    def noted(kind: type[Text], template: str, values: Mapping[str, Any], plural: str = "", number: int = 1) -> Text:
        key = template, plural
        if key not in _seen and _is_from_the_program():
            _seen.add(key)
            _new.append(key)
        return _make(kind, template, values, plural, number)

    Text.__new__ = noted  # type: ignore[method-assign, assignment]


def missing() -> list[str]:
    """Templates made since this was asked last that no catalogue has."""
    found, _new[:] = list(_new), []
    return [one for one, many in found if _has_words(one) and ((one, many) if many else one) not in _catalogue()]


@cache
def _catalogue() -> frozenset[str | tuple[str, ...]]:
    with CATALOGUE.open("rb") as stream:
        return frozenset(one.id if isinstance(one.id, str) else tuple(one.id) for one in read_po(stream))


def _has_words(template: str) -> bool:
    """`joined` puts texts in a row; between them there is nothing to translate."""
    return any(letter.isalpha() for words, *_ in Formatter().parse(template) for letter in words)


def _is_from_the_program() -> bool:
    """Whether a file of app/ makes this text, and not a test for itself."""
    return next((APP in Path(name).parents for name in _callers() if name not in SKIPPED), False)


def _callers() -> Iterator[str]:
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        yield frame.f_code.co_filename
        frame = frame.f_back
