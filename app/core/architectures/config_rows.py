"""config.json → metadata keys, row by row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gguf import GGUFValueType

Config = Mapping[str, Any]

U32, F32, BOOL = GGUFValueType.UINT32, GGUFValueType.FLOAT32, GGUFValueType.BOOL
I32, STRING = GGUFValueType.INT32, GGUFValueType.STRING


@dataclass(frozen=True)
class ConfigRow:
    """One metadata key: `value` of the config, or what stands under the first of `names` that is set.

    Where there is a `value`, `names` say what config.json calls it, a.b being b in a.
    A value of None writes no key. A list becomes an array of `type`.
    """

    key: str  # one of gguf.Keys, with {arch} to be filled in
    type: GGUFValueType
    names: tuple[str, ...] = ()
    value: Callable[[Config], Any] | None = None

    def value_of(self, config: Config) -> Any:
        """What is written, None for nothing. Whatever `value` raises on a strange config is let through."""
        return self.value(config) if self.value else setting(config, *self.names)


def setting(config: Config, *names: str) -> Any:
    """The first of `names` that has a value other than null."""
    return next((config[name] for name in names if config.get(name) is not None), None)
