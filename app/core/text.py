"""Text for people: English that carries what a translation of it needs, on one line and with an end."""

import json
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

LONGEST_WORD, LONGEST_TEXT = 200, 4000  # characters; tensors of published models have names of less than a hundred


class Text(str):
    """A sentence in English, a `str` like any other, that can be said in another language.

    `template` has a `{name}` for each of `values`, among which may be Texts again. With a `plural` the template is that
    for one, the plural for any other `number` of things. Templates are written out where they are used, for
    pybabel finds them there.
    """

    __slots__ = ("number", "plural", "template", "values")

    template: str
    values: Mapping[str, Any]
    plural: str
    number: int

    def __new__(cls, template: str, values: Mapping[str, Any], plural: str = "", number: int = 1) -> "Text":
        found = super().__new__(cls, filled(plural if plural and number != 1 else template, values))
        for name, value in (("template", template), ("values", values), ("plural", plural), ("number", number)):
            object.__setattr__(found, name, value)
        return found

    def __setattr__(self, name: str, _: Any) -> None:
        raise AttributeError(f"{name} of a text cannot be changed")

    def __reduce__(self) -> tuple[Any, ...]:
        return Text, (self.template, self.values, self.plural, self.number)


class Titled(Enum):
    """An enumeration whose values are Texts."""

    @property
    def title(self) -> Text:
        """What a person reads."""
        found: Text = self.value
        return found


def text(template: str, /, **values: Any) -> Text:
    """'{file} is missing' and what stands in it."""
    return Text(template, values)


def counted(one: str, many: str, count: int, /, **values: Any) -> Text:
    """'{count} tensor', '{count} tensors': the form for a number of things."""
    return Text(one, {"count": count, **values}, many, count)


def joined(separator: str, parts: Iterable[str]) -> str:
    """The parts that say something, one after the other; Texts among them are still translated one by one."""
    values = {f"part{number}": part for number, part in enumerate(filter(None, parts))}
    if len(values) < 2:
        return next(iter(values.values()), "")
    return Text(separator.join(f"{{{name}}}" for name in values), values)


def reason_of(error: BaseException) -> str:
    """What an error says, as it was made: its str() could not be translated."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Text) else str(error)


def filled(template: str, values: Mapping[str, Any]) -> str:
    """A template with its values, fit to be shown."""
    return in_one_line(template.format(**values)) if values else template


def printable(lines: str) -> str:
    """Lines for a terminal: a name out of a folder must not move its cursor or turn its letters around."""
    return "\n".join(map(escaped, lines.split("\n")))


def in_one_line(said: str) -> str:
    """A name out of a folder, or a sentence with such names: it cannot pass for another line, and it has an end."""
    if isinstance(said, Text):
        return said  # made so; a copy would be a plain str
    if len(said) > LONGEST_WORD:
        words = re.sub(rf"\S{{{LONGEST_WORD + 1},}}", lambda word: _elided(word[0], LONGEST_WORD), said)
        said = _elided(words, LONGEST_TEXT)
    return escaped(said)


def escaped(said: str) -> str:
    """One line, whatever its length; what does not print is written as JSON escapes it."""
    if said.isprintable():
        return said
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in said)


def _elided(said: str, longest: int) -> str:
    """Without its middle where it is longer."""
    if len(said) <= longest:
        return said
    half = longest // 2
    return f"{said[:half]}…{said[-half:]}"


NOTHING = Text("", {})
