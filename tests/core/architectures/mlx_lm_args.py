"""Which class of mlx-lm reads the settings of the text model, and what it takes where config.json is silent."""

import dataclasses
import importlib
from typing import Any

from mlx_lm.utils import MODEL_REMAPPING

from app.core.architectures import Architecture

# Model types whose own ModelArgs hand their text_config to another class: module and class
INNER = {
    "gemma3": ("gemma3_text", "ModelArgs"),
    "gemma3n": ("gemma3n", "TextConfig"),
    "gemma4": ("gemma4_text", "ModelArgs"),
    "gemma4_unified": ("gemma4_text", "ModelArgs"),
    "kimi_k25": ("kimi_k25", "TextConfig"),
    "lfm2-vl": ("lfm2", "ModelArgs"),
    "lfm2_vl": ("lfm2", "ModelArgs"),
    "llama4": ("llama4", "TextArgs"),
    "llava": ("llama", "ModelArgs"),
    "minimax_m3_vl": ("minimax_m3_vl", "TextArgs"),
    "mistral3": ("llama", "ModelArgs"),
    "pixtral": ("llama", "ModelArgs"),
    "qwen2_5_vl": ("qwen2", "ModelArgs"),
    "qwen2_vl": ("qwen2", "ModelArgs"),
    "qwen3_5": ("qwen3_5", "TextModelArgs"),
    "qwen3_5_moe": ("qwen3_5", "TextModelArgs"),
    "qwen3_vl": ("qwen3", "ModelArgs"),
    "qwen3_vl_moe": ("qwen3_moe", "ModelArgs"),
}
# mlx-lm utils.py, MODEL_ARCHITECTURE_REMAPPING: what llama.cpp has a graph for is the newer of the two
NEWER = {"bailing_hybrid": "bailing_moe_v3"}
OF_FAMILY = {"Mistral 4": ("mistral4", "ModelArgs")}  # mlx-lm models/mistral3.py, by the type in text_config


def args_class(family: Architecture, model_type: str) -> type:
    """The dataclass that mlx-lm makes of the settings of the text model."""
    usual = (NEWER.get(model_type) or MODEL_REMAPPING.get(model_type, model_type), "ModelArgs")
    module, name = OF_FAMILY.get(family.name) or INNER.get(model_type) or usual
    found = getattr(importlib.import_module(f"mlx_lm.models.{module}"), name)
    assert isinstance(found, type)
    return found


def args_classes(family: Architecture) -> dict[str, type]:
    """The classes of all model types of a family that mlx-lm knows, by model type."""
    return {name: args_class(family, name) for name in family.model_types if name not in UNKNOWN}


# Model types that mlx-lm has no module for: transformers' for the text parts of those that it has, mlx-vlm's for one
UNKNOWN = (
    *("gemma3n_text", "gemma4_unified_text", "minimax_m3", "minimax_m3_vl_text", "muse_glimmer_text", "qwen2_vl_text"),
    *("qwen2_5_vl_text", "qwen3_5_text", "qwen3_5_moe_text", "qwen3_vl_text", "qwen3_vl_moe_text", "youtu"),
)


def required(args: type) -> frozenset[str]:
    """The keys without which mlx-lm does not load a folder."""
    fields = (one for one in dataclasses.fields(args) if one.name != "model_type")
    return frozenset(one.name for one in fields if _default(one) is dataclasses.MISSING)


def taken(args: type) -> dict[str, Any]:
    """What mlx-lm takes for each key that may be left out."""
    found = {one.name: _default(one) for one in dataclasses.fields(args)}
    return {name: value for name, value in found.items() if value is not dataclasses.MISSING}


def _default(one: dataclasses.Field[Any]) -> Any:
    return one.default if one.default_factory is dataclasses.MISSING else one.default_factory()
