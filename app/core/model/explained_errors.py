"""What a family's functions raise on a strange config.json → the setting that is to blame, in words."""

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from gguf import GGUFValueType

from app.core.architectures import Architecture
from app.core.architectures.sizes import OPTIONAL_SIZES
from app.core.findings import Finding
from app.core.model.config_values import CONFIG_ERRORS, bad_config, impossible, not_set
from app.core.model.needed_settings import needed_settings
from app.core.text import Text, text

KINDS = {GGUFValueType.FLOAT32: float, GGUFValueType.BOOL: bool, GGUFValueType.STRING: str}
# What Python calls the kinds of values in what it raises, and what it says of a text and an object without the name
TYPES = re.compile(r"\b(?:int|float|str|list|dict|bool|None|NoneType|literal|slice)\b(?!\()|\bstring(?= index| to )")
OTHERS = {"None": "NoneType", "string": "str", "literal": "str", "slice": "dict"}
NUMBERS = {"int", "float"}


class Trail:
    """Settings and their values: `read`, those that were read last at the end, and `all` that there are.

    What is missing has been read as None; what is null is in both.
    """

    def __init__(self) -> None:
        self.read: dict[str, Any] = {}
        self.all: dict[str, Any] = {}

    def settings(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """These settings; the trail follows whoever reads them, but not those who read a copy."""
        self.all |= config
        return _Watched(config, self.read)

    def latest(self) -> list[tuple[str, Any]]:
        """What was read last, first; what was not read, at the end."""
        unread = {name: value for name, value in self.all.items() if name not in self.read}
        return [*reversed(self.read.items()), *unread.items()]

    def is_null(self, name: str) -> bool:
        """Whether config.json has the setting, and no value for it."""
        return name in self.all and self.all[name] is None


class _Watched(dict[str, Any]):
    def __init__(self, config: Mapping[str, Any], read: dict[str, Any]) -> None:
        super().__init__(config)
        self._read = read

    def __getitem__(self, name: str) -> Any:
        return self._note(name, super().__getitem__(name))

    def get(self, name: str, default: Any = None) -> Any:
        return self._note(name, super().get(name, default))

    def _note(self, name: str, value: Any) -> Any:
        self._read.pop(name, None)
        self._read[name] = value
        return value


def explained(error: Exception, family: Architecture, again: Callable[[Trail], object]) -> Finding:
    """A finding that names the setting. `again` does once more what raised `error`, with settings on a trail."""
    trail = Trail()
    with suppress(*CONFIG_ERRORS):
        again(trail)
    cause = error.args[0] if error.args else None
    if isinstance(cause, Text) and "value" not in cause.values:
        return bad_config(cause)
    value = cause.values["value"] if isinstance(cause, Text) else cause
    if isinstance(cause, Text) or (isinstance(error, KeyError) and not _is_place(value)):
        name = next((name for name, one in trail.latest() if _are_same(one, value)), "")
        if name and value is not None:
            return impossible(name, value)
    if isinstance(error, KeyError) and isinstance(value, str):
        return bad_config(not_set(_missing(value, family, trail)))
    return _blamed(error, family, trail)


def _missing(key: str, family: Architecture, trail: Trail) -> tuple[str, ...]:
    """The setting that a size was to be made of, or one that is missing as such."""
    if key not in OPTIONAL_SIZES:
        return (key,)
    part, known = key.split("_")[0], _kinds(family).keys() | set(needed_settings().get(family.name, ()))
    nulls = (name for name, _ in trail.latest() if part in name and name in known and trail.is_null(name))
    return next(((name,) for name in nulls), OPTIONAL_SIZES[key])


def _blamed(error: Exception, family: Architecture, trail: Trail) -> Finding:
    """By the setting that fits best to what Python says; of several the one that was read last."""
    said, kinds = str(error), _kinds(family)
    types = {OTHERS.get(name, name) for name in TYPES.findall(said)}
    types = types - NUMBERS or types
    if isinstance(error, KeyError):
        types = {"dict"}

    def weight(setting: tuple[str, Any]) -> int:
        name, value = setting
        is_named = type(value).__name__ in types
        if value is None:
            return 2 + (name in kinds) + trail.is_null(name) if is_named else -1
        is_odd = _is_strange(kinds[name], value) if name in kinds else name in trail.read
        return 4 * _is_quoted(value, said) + 2 * is_named + is_odd - (name not in trail.read)

    name, value = max(trail.latest(), key=weight, default=("", None))
    if not name:
        return bad_config(text("its settings do not fit together"))
    return bad_config(not_set((name,))) if value is None else impossible(name, value)


def _kinds(family: Architecture) -> dict[str, type]:
    """What a setting is, by the key that has its value or by its default."""
    rows = {name: KINDS.get(row.type, int) for row in family.all_metadata if row.value is None for name in row.names}
    return rows | {name: type(value) for name, value in family.defaults.items() if not callable(value)}


def _is_strange(kind: type | None, value: Any) -> bool:
    if kind in (int, float):
        is_number = type(value) in (int, float) and math.isfinite(value)
        return not is_number or (kind is int and (value < 0 or type(value) is float))
    return kind is not None and type(value) is not kind


def _is_quoted(value: Any, said: str) -> bool:
    parts = value if isinstance(value, list) else [*value] if isinstance(value, dict) else [value]
    return any(isinstance(part, str) and repr(part) in said for part in parts)


def _is_place(value: object) -> bool:
    """Whether something was looked for by its number, as a layer is."""
    return type(value) is int and value >= 0


def _are_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and (one is other or one == other)
