"""Languages: a Text in English → the same in another, by the gettext catalogues in resources/locale.

`make messages` brings them up to date.
"""

import gettext
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from app.core.resources import resource_path
from app.core.text import Text, filled

DOMAIN, FOLDER = "mlx_ferry", "locale"
ENGLISH = "en"
SENTENCES = re.compile(r"\{part0\}( \{part\d+\})+")  # one after the other: joined(" ", …)
WIDE_STOPS = ("。", "\uff01", "\uff1f")


class Language:
    """Says texts; what its catalogue does not have, and what is no Text, stays as it is."""

    def __init__(self, code: str, catalogue: gettext.NullTranslations | None = None) -> None:
        """Without a catalogue: English."""
        self.code = code
        self._catalogue = catalogue

    def __call__(self, said: str) -> str:
        """The text in this language."""
        if self._catalogue is None or not isinstance(said, Text):
            return said
        template = (
            self._catalogue.ngettext(said.template, said.plural, said.number)
            if said.plural
            else self._catalogue.gettext(said.template)
            if said.template
            else ""
        )
        values = {name: self(value) if isinstance(value, Text) else value for name, value in said.values.items()}
        if SENTENCES.fullmatch(template):
            template = "".join(_with_room(name, values[name]) for name in values).rstrip()
        return filled(template, values)


def _with_room(name: str, sentence: str) -> str:
    """A place for a sentence that another one follows: a full-width stop has its room in itself."""
    return f"{{{name}}}" if sentence.endswith(WIDE_STOPS) else f"{{{name}}} "


def english() -> Language:
    """The language that every text is written in."""
    return Language(ENGLISH)


def find_language(wanted: Sequence[str] | None = None) -> Language:
    """The first of the `wanted` languages, such as zh_CN, that there is a catalogue for; else English.

    Without any: what LANGUAGE, LC_ALL, LC_MESSAGES or LANG say, as gettext reads them.
    """
    found = gettext.find(DOMAIN, str(_folder()), wanted)
    if found is None:
        return english()
    path = Path(found)
    return Language(path.parents[1].name, _catalogue(path))


@cache
def _catalogue(path: Path) -> gettext.GNUTranslations:
    """Read once: a new window asks for all of them."""
    with path.open("rb") as stream:
        return gettext.GNUTranslations(stream)


def _folder() -> Path:
    return resource_path(FOLDER)


@cache
def language_codes() -> tuple[str, ...]:
    """English, and all that have a catalogue."""
    return ENGLISH, *sorted(path.name for path in resource_path(FOLDER).iterdir() if path.is_dir())
