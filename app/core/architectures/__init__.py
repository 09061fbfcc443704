"""The families that can be converted, found by `model_type`."""

from typing import Any

from app.core.architectures.architecture import (
    Architecture,
    ComputedTensor,
    Form,
    Head,
    HeadFacts,
    Layer,
    Layout,
    MlxHead,
    TensorRule,
)
from app.core.architectures.config_rows import Config, ConfigRow, setting
from app.core.architectures.normalize_config import normalize_config

ARCHITECTURES: tuple[Architecture, ...]


def __getattr__(name: str) -> Any:
    """ARCHITECTURES when somebody asks."""
    if name != "ARCHITECTURES":
        raise AttributeError(name)
    from app.core.architectures.families import every_family

    return every_family()


def find_architecture(model_type: str | None, config: Config) -> Architecture | None:
    """The family that config.json belongs to by its `model_type`, None when it is not supported."""
    from app.core.architectures.families import families_of

    families = () if model_type is None else families_of(model_type)
    return next((family for family in families if family.when is None or family.when(normalize_config(config))), None)


__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "ComputedTensor",
    "Config",
    "ConfigRow",
    "Form",
    "Head",
    "HeadFacts",
    "Layer",
    "Layout",
    "MlxHead",
    "TensorRule",
    "find_architecture",
    "setting",
]
