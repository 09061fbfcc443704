"""What config.json says for a file's metadata, and the findings about what it says."""

from collections.abc import Mapping, Sequence
from typing import Any

from gguf import Keys

from app.core.architectures import Architecture, Config, ConfigRow
from app.core.findings import Finding, blocker
from app.core.text import Text, text

Values = Mapping[str, Any]

EXPERT_KEYS = (
    Keys.LLM.EXPERT_COUNT,
    Keys.LLM.EXPERT_USED_COUNT,
    Keys.LLM.EXPERT_GROUP_COUNT,
    Keys.LLM.EXPERT_GROUP_USED_COUNT,
)

# What a family's functions raise on a config.json that makes no sense
CONFIG_ERRORS = (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError)


def metadata_values(family: Architecture, config: Config) -> Values:
    """What the rows say, by key; of experts only where a tensor holds some. Raises CONFIG_ERRORS.

    transformers 5 writes n_routed_experts for a Nemotron-H without, and llama.cpp would then want their tensors:
    src/models/nemotron-h.cpp.
    """
    values = {row.key: row.value_of(config) for row in family.all_metadata}
    if not any("experts" in rule.shape for rule in family.all_tensors):
        values |= {key: None for key in EXPERT_KEYS if values.get(key)}
    return values


def name_of(row: ConfigRow, config: Config) -> str:
    """What config.json calls the value of a row."""
    usual = (*row.names, row.key.removeprefix("{arch}."))[0]
    return next((name for name in row.names if _is_set(config, name)), usual)


def _is_set(config: Any, name: str) -> bool:
    for part in name.split("."):
        config = config.get(part) if isinstance(config, Mapping) else None
    return config is not None


def impossible(name: str, value: object) -> Finding:
    """For a value that no model can have."""
    return blocker(
        "bad-config-value",
        text("config.json sets {setting} to {value!r:.40}, which is impossible.", setting=name, value=value),
        text("llama.cpp would not load the file, or would compute nonsense with it."),
        text("Copy config.json from the base model."),
        name,
    )


def bad_config(reason: str) -> Finding:
    """For a config.json from which nothing can be computed."""
    return blocker(
        "bad-config",
        text("config.json cannot be used: {reason}.", reason=reason),
        text("The sizes of the model's tensors depend on it."),
        text("Copy config.json from the base model."),
        "config.json",
    )


def not_set(names: Sequence[str]) -> Text:
    """For a setting that is missed, under one of several names."""
    if len(names) == 1:
        return text("{setting} is not set", setting=names[0])
    return text("{settings} or {last} is not set", settings=", ".join(names[:-1]), last=names[-1])
