"""config.json → metadata keys, row by row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gguf import GGUFValueType
from gguf import Keys as Keys  # gguf's names for all keys; families take them from here

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


def u32(key: str, *names: str, value: Callable[[Config], Any] | None = None) -> ConfigRow:
    """A row of a whole number that is not below zero, or of a list of them."""
    return ConfigRow(key, U32, names, value)


def f32(key: str, *names: str, value: Callable[[Config], Any] | None = None) -> ConfigRow:
    """A row of a number, or of a list of them."""
    return ConfigRow(key, F32, names, value)


def flag(key: str, *names: str, value: Callable[[Config], Any] | None = None) -> ConfigRow:
    """A row of yes or no, or of a list of them."""
    return ConfigRow(key, BOOL, names, value)


def constant(key: str, written: bool | int | float | str) -> ConfigRow:
    """A row that says the same whatever config.json says."""
    kind = BOOL if isinstance(written, bool) else U32 if isinstance(written, int) else F32
    return ConfigRow(key, STRING if isinstance(written, str) else kind, value=lambda _: written)


VOCAB_SIZE = u32(Keys.LLM.VOCAB_SIZE, "vocab_size")


def setting(config: Config, *names: str) -> Any:
    """The first of `names` that has a value other than null."""
    for name in names:  # asked for so often that a generator would show
        if (value := config.get(name)) is not None:
            return value
    return None
