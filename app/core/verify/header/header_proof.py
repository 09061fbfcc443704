"""prove_header: the keys of a finished file against those that the folder gives."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from app.core.plan import ConversionPlan
from app.core.text import NOTHING, Text, text
from app.core.verify.header.harmless_keys import harmless, value_of

AS_FLOAT32 = 2.0**-22  # relative: two programs may have rounded a number in different ways
EXCERPT = 40  # characters
NOT_BY_THE_FOLDER = ("general.file_type",)  # nor by a plan whose types are those of the file


@dataclass(frozen=True)
class KeyProof:
    """A key that differs: what the file has and what the folder gives, as far as they differ, None for nothing.

    `number` is that of the first item of a list that differs. `harmless`: why it changes nothing, "" where it may.
    """

    key: str
    found: str | None
    expected: str | None
    number: int | None = None
    harmless: Text = NOTHING


@dataclass(frozen=True)
class HeaderProof:
    """All keys that differ, of `compared` ones."""

    differences: tuple[KeyProof, ...]
    compared: int

    @property
    def faults(self) -> tuple[KeyProof, ...]:
        """Those that may change what llama.cpp computes."""
        return tuple(one for one in self.differences if not one.harmless)

    @property
    def is_sound(self) -> bool:
        """Whether llama.cpp computes with the values that the folder gives."""
        return not self.faults


def prove_header(plan: ConversionPlan, keys: Mapping[str, Any]) -> HeaderProof:
    """Compare the keys of a file with those of its plan. A key that is left out has llama.cpp's default."""
    planned = {entry.key: entry.value for entry in plan.metadata}
    architecture = str(planned.get("general.architecture"))
    every = [key for key in dict.fromkeys((*planned, *keys)) if key not in NOT_BY_THE_FOLDER]
    compared = (_compared(key, planned, keys, architecture) for key in every)
    return HeaderProof(tuple(one for one in compared if one is not None), len(every))


def _compared(key: str, planned: Mapping[str, Any], keys: Mapping[str, Any], architecture: str) -> KeyProof | None:
    expected, found = (value_of(side, key, architecture) for side in (planned, keys))
    reason = harmless(key, architecture)
    if isinstance(expected, tuple) != isinstance(found, tuple):  # one number for all layers, or one for each
        expected, found = _in_one(expected), _in_one(found)
    if isinstance(expected, tuple) and isinstance(found, tuple):
        place = _first_difference(expected, found)
        if place is None:
            return None
        there, here = (_said(side[place]) if place < len(side) else None for side in (found, expected))
        return KeyProof(key, there, here, place, reason)
    if _same(expected, found):
        return None
    return KeyProof(key, *_told_apart(found, expected), harmless=reason)


def _in_one(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) and value and all(one == value[0] for one in value) else value


def _first_difference(expected: tuple[Any, ...], found: tuple[Any, ...]) -> int | None:
    if expected == found:
        return None
    pairs = enumerate(zip_longest(expected, found))
    return next((number for number, (one, other) in pairs if not _same(one, other)), None)


def _same(one: Any, other: Any) -> bool:
    numbers = (int, float)
    if isinstance(one, numbers) and isinstance(other, numbers):
        return one == other or math.isclose(one, other, rel_tol=AS_FLOAT32)
    return bool(one == other)


def _told_apart(found: Any, expected: Any) -> tuple[str | None, str | None]:
    """Both values; of long texts what is around the first letter that differs."""
    if not (isinstance(found, str) and isinstance(expected, str)):
        return _said(found), _said(expected)
    pairs = enumerate(zip_longest(found, expected))
    start = max(0, next(number for number, (one, other) in pairs if one != other) - EXCERPT // 2)
    return _said(found, start), _said(expected, start)


def _said(value: Any, start: int = 0) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        end = start + EXCERPT
        return f"{'…' * bool(start)}{value[start:end]}{'…' * (len(value) > end)}"
    if isinstance(value, tuple):
        return text("a list of {count:,}", count=len(value))
    if isinstance(value, float):
        return f"{value:.9g}"
    return str(value)
