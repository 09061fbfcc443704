"""The families that can be converted, found by `model_type`."""

from app.core.architectures.architecture import (
    Architecture,
    ComputedTensor,
    Head,
    Layer,
    Layout,
    MlxHead,
    TensorRule,
)
from app.core.architectures.config_rows import Config, ConfigRow, setting
from app.core.architectures.families import ARCHITECTURES


def find_architecture(model_type: str | None) -> Architecture | None:
    """The family that `model_type` of config.json belongs to, None when it is not supported."""
    return next((family for family in ARCHITECTURES if model_type in family.model_types), None)


__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "ComputedTensor",
    "Config",
    "ConfigRow",
    "Head",
    "Layer",
    "Layout",
    "MlxHead",
    "TensorRule",
    "find_architecture",
    "setting",
]
