"""adapter_config.json → by how much the product of a module's two factors counts."""

import re
from collections.abc import Mapping
from math import isfinite, sqrt
from typing import Any

from app.core.adapter.adapter_values import Dialect
from app.core.errors import CheckpointError
from app.core.text import text

CONFIG = "adapter_config.json"


def scale_of(config: Mapping[str, Any], dialect: Dialect, module: str, rank: int) -> float:
    """The factor of one module with the `rank` that its tensors have. Raises CheckpointError."""
    scale = _peft_scale(config, module, rank) if dialect is Dialect.PEFT else _mlx_scale(config, module, rank)
    if not isfinite(scale):
        raise CheckpointError(text("{file} gives {module} the scale {scale}.", file=CONFIG, module=module, scale=scale))
    return scale


def _mlx_scale(config: Mapping[str, Any], module: str, rank: int) -> float:
    """`lora_parameters.scale` (mlx-lm lora.py), or alpha / rank (mlx-vlm before 0.6, trainer/lora.py).

    Unsloth's folders for MLX have a scale for each module (unsloth_zoo mlx/peft_interop.py).
    """
    own = config.get("unsloth_mlx_lora_module_scales")
    if isinstance(own, dict) and module in own:
        return _number(own, module)
    parameters = config.get("lora_parameters")
    if isinstance(parameters, dict) and "scale" in parameters:
        return _number(parameters, "scale")
    settings = parameters if isinstance(parameters, dict) else config
    if "scale" in settings:
        return _number(settings, "scale")
    if "alpha" in settings:
        return _number(settings, "alpha") / rank
    raise CheckpointError(
        text("{file} does not say by how much the adapter counts: it has neither scale nor alpha.", file=CONFIG),
        text("Copy {file} from where the adapter was trained; without it the change cannot be computed.", file=CONFIG),
    )


def _peft_scale(config: Mapping[str, Any], module: str, rank: int) -> float:
    """peft tuners/lora/layer.py, update_layer: alpha / r, with rank-stabilized LoRA alpha / √r."""
    pattern = _of_pattern(config.get("alpha_pattern"), module)
    alpha = _number(config, "lora_alpha") if pattern is None else float(pattern)
    return alpha / (sqrt(rank) if config.get("use_rslora") is True else rank)


def _of_pattern(patterns: Any, module: str) -> float | None:
    """peft utils/other.py, get_pattern_key: a key is the end of a module's path, after a dot, or a whole pattern.

    Only keys that are names are believed: a pattern out of a folder could take for ever.
    """
    if not isinstance(patterns, dict):
        return None
    for key in patterns:
        name = key.removeprefix("^").removesuffix("$")
        if re.fullmatch(r"[\w.]+", name) and (module == name or module.endswith(f".{name}")):
            return _number(patterns, key)
    return None


def _number(settings: Mapping[str, Any], key: str) -> float:
    value = settings.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CheckpointError(text("{file} sets {setting} to {value!r:.60}.", file=CONFIG, setting=key, value=value))
    return float(value)
