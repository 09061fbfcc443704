"""MLX's quantization settings: a default for the whole model and overrides for single modules.

`config["quantization"]` is written by mlx-lm (utils.py, quantize_model); the same dict may stand under
`quantization_config`. Keys that are not settings are module paths; their value is a dict or False.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SETTINGS = ("bits", "group_size", "mode")
AFFINE_BITS = (1, 2, 3, 4, 5, 6, 8)  # mlx 0.32 ops.cpp, validate_quantized_input
GROUP_SIZES = (32, 64, 128)
# What an exception does not say is taken from here, not from the model's default: mlx nn/layers/quantized.py hands it
# to to_quantized(); values: mlx 0.32 ops.cpp, quantization_params_from_mode
MODE_DEFAULTS = {
    "affine": {"bits": 4, "group_size": 64},
    "mxfp4": {"bits": 4, "group_size": 32},
    "mxfp8": {"bits": 8, "group_size": 32},
    "nvfp4": {"bits": 4, "group_size": 16},
}


@dataclass(frozen=True)
class Quantization:
    """How one tensor is packed: w = scale * q + bias for each group of `group_size` values of a row."""

    bits: int
    group_size: int
    mode: str = "affine"


@dataclass(frozen=True)
class QuantizationSettings:
    """The default and the exceptions. None as an exception means: this module is not quantized."""

    default: Quantization
    exceptions: Mapping[str, Quantization | None] = field(default_factory=dict)

    def for_module(self, path: str) -> Quantization | None:
        """Settings of the module `model.layers.0.mlp.up_proj` (no ".weight")."""
        return self.exceptions.get(path, self.default)


def quantization_settings(config: Mapping[str, Any]) -> QuantizationSettings | None:
    """MLX's settings in config.json, None when there are none. Raises ValueError in plain words."""
    raw = config.get("quantization")
    if raw is None:
        raw = config.get("quantization_config")
        if isinstance(raw, dict) and "quant_method" in raw:  # Hugging Face's own: not a matter of MLX
            return None
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise ValueError("quantization is not an object")
    default = _one("the model", {key: raw[key] for key in SETTINGS if key in raw})
    exceptions: dict[str, Quantization | None] = {}
    for path, value in raw.items():
        if isinstance(value, dict):
            mode = value.get("mode", "affine")
            defaults = MODE_DEFAULTS.get(mode, {}) if isinstance(mode, str) else {}
            exceptions[path] = _one(path, {**defaults, **value})
        elif value is False:
            exceptions[path] = None
    return QuantizationSettings(default, exceptions)


def _one(where: str, raw: Mapping[str, Any]) -> Quantization:
    bits, group_size, mode = raw.get("bits"), raw.get("group_size"), raw.get("mode", "affine")
    if not isinstance(mode, str):
        raise ValueError(f"the quantization mode of {where} is {mode!r}")
    if type(bits) is not int or type(group_size) is not int:
        raise ValueError(f"the quantization of {where} lacks bits or group_size")
    if bits < 1 or group_size < 1 or (mode == "affine" and (bits not in AFFINE_BITS or group_size not in GROUP_SIZES)):
        raise ValueError(f"{where} is said to have {bits} bits in groups of {group_size}, which MLX does not know")
    return Quantization(bits, group_size, mode)
