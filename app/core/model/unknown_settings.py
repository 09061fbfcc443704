"""Settings that change what mlx-lm or transformers compute, and that a family does not know.

resources/unknown_settings.json has them for each family, read from the sources of both, with the values that change
nothing: `{"same_as": NAME}` stands for the value of a setting that the family does know.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from app.core.architectures import Architecture, Config
from app.core.findings import Finding, warning
from app.core.resources import resource_path
from app.core.text import counted, text

MOST_NAMED = 5


def unknown_settings(family: Architecture, config: Config) -> tuple[Finding, ...]:
    """One finding for all of them; none where each is silent, null or has a value that changes nothing."""
    found = {
        name: config[name]
        for name, harmless in _unknown().get(family.name, {}).items()
        if config.get(name) is not None and not any(_are_alike(config[name], value, config) for value in harmless)
    }
    if not found:
        return ()
    named = [f"{name} = {value!r:.60}" for name, value in found.items()][:MOST_NAMED]
    return (
        warning(
            "unknown-setting",
            counted(
                "config.json has {count} setting that MLX Ferry does not know for {family}: {settings}.",
                "config.json has {count} settings that MLX Ferry does not know for {family}: {settings}.",
                len(found),
                family=family.name,
                settings=", ".join(named) + (", …" if len(found) > len(named) else ""),
            ),
            text(
                "mlx-lm or transformers computes accordingly, but llama.cpp does not: the file may give other answers."
            ),
            text("Compare the file's answers with MLX's before you rely on it."),
            next(iter(found)),
        ),
    )


def _are_alike(value: Any, harmless: Any, config: Config) -> bool:
    """False, zero, nothing and emptiness all turn a setting off."""
    if isinstance(harmless, dict) and "same_as" in harmless:
        return bool(value == config.get(harmless["same_as"]))
    return bool(value == harmless) or not (value or harmless)


@cache
def _unknown() -> Mapping[str, Mapping[str, list[Any]]]:
    found: dict[str, dict[str, list[Any]]] = json.loads(
        resource_path("unknown_settings.json").read_text(encoding="utf-8")
    )
    return found
