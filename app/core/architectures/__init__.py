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
    """ARCHITECTURES when somebody asks: 79 files take a tenth of a second, for which no window need wait."""
    if name != "ARCHITECTURES":
        raise AttributeError(name)
    from app.core.architectures import families

    return families.ARCHITECTURES


def find_architecture(model_type: str | None, config: Config) -> Architecture | None:
    """The family that config.json belongs to by its `model_type`, None when it is not supported."""
    from app.core.architectures import ARCHITECTURES

    families = (family for family in ARCHITECTURES if model_type in family.model_types)
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
