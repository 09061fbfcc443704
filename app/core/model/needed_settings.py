"""The settings that mlx-lm does not load a folder without: resources/needed_settings.json, read from its classes."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from app.core.architectures import Architecture
from app.core.architectures.normalize_config import normalize_config
from app.core.checkpoint.text_config import text_settings
from app.core.findings import Finding, blocker, few
from app.core.model.config_values import not_set
from app.core.resources import resource_path
from app.core.text import text

# What transformers 5 calls the same
OTHER_NAMES = {
    "layer_norm_epsilon": ("rms_norm_eps",),
    "num_experts": ("num_local_experts",),
    "num_layers": ("num_hidden_layers",),
    "rope_parameters": ("rope_scaling", "rope_theta"),
    "rope_scaling": ("rope_parameters",),
    "rotary_emb_base": ("rope_theta",),
    "rotary_pct": ("partial_rotary_factor",),
}


def missing_settings(family: Architecture, config: Mapping[str, Any]) -> tuple[Finding, ...]:
    """A finding for each setting that counts for the family and that config.json leaves out; null is a value.

    Another name of the same will do, as transformers 5 writes some that mlx-lm does not know.
    """
    # after normalizing there are always settings of rope
    said = text_settings(config).keys() | normalize_config(config).keys() - {"rope_scaling"}
    needed = needed_settings().get(family.name, ())
    return few(_not_set(name) for name in needed if said.isdisjoint((name, *OTHER_NAMES.get(name, ()))))


def _not_set(name: str) -> Finding:
    return blocker(
        "bad-config",
        text("config.json cannot be used: {reason}.", reason=not_set((name,))),
        text("mlx-lm does not load a model folder without it, and the file depends on it."),
        text("Copy config.json from the base model."),
        name,
    )


@cache
def needed_settings() -> Mapping[str, tuple[str, ...]]:
    """Those of each family by its name."""
    found = json.loads(resource_path("needed_settings.json").read_text(encoding="utf-8"))
    return {family: tuple(names) for family, names in found.items()}
