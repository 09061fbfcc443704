"""The families that can be converted: one small file each, found by `model_type`."""

from app.core.architectures.architecture import Architecture, ConfigRow, Head, MlxHead, Size, TensorRule
from app.core.architectures.gemma3 import GEMMA3

ARCHITECTURES = (GEMMA3,)


def find_architecture(model_type: str | None) -> Architecture | None:
    """The family that `model_type` of config.json belongs to, None when it is not supported."""
    return next((family for family in ARCHITECTURES if model_type in family.model_types), None)


__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "ConfigRow",
    "Head",
    "MlxHead",
    "Size",
    "TensorRule",
    "find_architecture",
]
