"""config.json's numbers are checked before anything is computed from them."""

import math
from collections.abc import Mapping
from typing import Any

from gguf import GGUFValueType

from app.core.architectures import Architecture, ConfigRow
from app.core.architectures.config_dialects import setting
from app.core.findings import Finding, stop

UINT32_LIMIT = 1 << 32
LAYER_LIMIT = 512  # llama.cpp src/llama-hparams.h, LLAMA_MAX_LAYERS


def check_config(family: Architecture, config: Mapping[str, Any]) -> tuple[Finding, ...]:
    """A finding for each number that is none, or that no model can have."""
    found = [_complaint(row, config) for row in family.metadata]
    layers = setting(config, ("num_hidden_layers",), 0)
    if type(layers) is int and layers > LAYER_LIMIT:
        found.append(_impossible("num_hidden_layers", layers))
    return tuple(finding for finding in found if finding is not None)


def _complaint(row: ConfigRow, config: Mapping[str, Any]) -> Finding | None:
    value = setting(config, row.names, row.default)
    if value is None:
        return None
    if row.type is GGUFValueType.UINT32:
        fits = type(value) is int and 0 < value < UINT32_LIMIT
    else:
        fits = type(value) in (int, float) and math.isfinite(value) and abs(value) < 1e38
    return None if fits else _impossible(row.names[0], value)


def _impossible(name: str, value: object) -> Finding:
    return stop(
        "bad-config-value",
        f"config.json sets {name} to {value!r:.40}, which cannot be.",
        "The model's sizes follow from it.",
        "Copy config.json from the base model.",
        name,
    )
