"""adapter_config.json → by how much the product of a module's two factors counts."""

import re
from collections.abc import Mapping
from math import isfinite, sqrt
from typing import Any

from app.core.adapter.adapter_values import Dialect
from app.core.adapter.names import BASE_LAYER
from app.core.checkpoint.adapter_names import SETTINGS
from app.core.errors import CheckpointError
from app.core.text import text

PATTERN = re.compile(r"\^?(?:[\w-]|\\[.\-_]|\.(?![*+]))*(?:(?:\.|\\d|\[0-9\])[*+](?:[\w-]|\\[.\-_]|\.(?![*+]))*)?\$?")


def scale_of(config: Mapping[str, Any], dialect: Dialect, module: str, rank: int) -> float:
    """The factor of one module with the `rank` that its tensors have. Raises CheckpointError."""
    scale = _peft_scale(config, module, rank) if dialect is Dialect.PEFT else _mlx_scale(config, module, rank)
    if not isfinite(scale):
        raise CheckpointError(
            text("{file} gives {module} the scale {scale}.", file=SETTINGS, module=module, scale=scale)
        )
    return scale


def _mlx_scale(config: Mapping[str, Any], module: str, rank: int) -> float:
    """`lora_parameters.scale` (mlx-lm lora.py), or alpha / rank (mlx-vlm before 0.6, trainer/lora.py).

    Unsloth's folders for MLX have a scale for each module (unsloth_zoo mlx/peft_interop.py), mlx-tune's embedding
    models PEFT's alpha (mlx_tune/embeddings.py, save_pretrained).
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
    of_tune = config.get("lora_config")
    if isinstance(of_tune, dict) and "lora_alpha" in of_tune:
        return _number(of_tune, "lora_alpha") / rank
    if "alpha" in settings:
        return _number(settings, "alpha") / rank
    raise CheckpointError(
        text("{file} does not say by how much the adapter counts: it has neither scale nor alpha.", file=SETTINGS),
        text(
            "Copy {file} from where the adapter was trained; without it the change cannot be computed.", file=SETTINGS
        ),
    )


def _peft_scale(config: Mapping[str, Any], module: str, rank: int) -> float:
    """peft tuners/lora/layer.py, update_layer: alpha / r, with rank-stabilized LoRA alpha / √r."""
    pattern = _of_pattern(config, "alpha_pattern", module)
    alpha = _number(config, "lora_alpha") if pattern is None else pattern
    return alpha / (sqrt(rank) if config.get("use_rslora") is True else rank)


def rank_of(config: Mapping[str, Any], module: str) -> int:
    """PEFT's rank of a parameter, which tensors for several experts do not tell. Raises CheckpointError."""
    pattern = _of_pattern(config, "rank_pattern", module)
    rank = _number(config, "r") if pattern is None else pattern
    if rank < 1 or rank != int(rank):
        raise CheckpointError(text("{file} sets {setting} to {value!r:.60}.", file=SETTINGS, setting="r", value=rank))
    return int(rank)


def trained_parameters(config: Mapping[str, Any], module: str) -> tuple[str, ...]:
    """Paths of the parameters of a module that `target_parameters` names, by their last parts or whole; none for a
    module that was trained itself (peft tuners/tuners_utils.py, _inject_parameters).
    """
    named = config.get("target_parameters")
    found = [name.rpartition(".") for name in named if isinstance(name, str)] if isinstance(named, list) else []
    path = module.replace(BASE_LAYER, "")
    fitting = {parameter for at, _, parameter in found if not at or f".{path}".endswith(f".{at}")}
    return tuple(f"{path}.{parameter}" for parameter in sorted(fitting))


def _of_pattern(config: Mapping[str, Any], setting: str, module: str) -> float | None:
    """peft utils/other.py, get_pattern_key: the first regular expression that is the end of a module's path counts.

    Only those with one repetition are tried: others, out of a folder from anywhere, could take for ever.
    """
    patterns = config.get(setting)
    if not isinstance(patterns, dict):
        return None
    for key in patterns:
        if not PATTERN.fullmatch(key):
            raise CheckpointError(
                text(
                    "{file} has a pattern in {setting} that is not read: {key!r:.80}.",
                    file=SETTINGS,
                    setting=setting,
                    key=key,
                ),
                text("Write the names of the modules in its place."),
            )
        if re.match(rf"(.*\.)?({key})$", module):
            return _number(patterns, key)
    return None


def _number(settings: Mapping[str, Any], key: str) -> float:
    value = settings.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CheckpointError(text("{file} sets {setting} to {value!r:.60}.", file=SETTINGS, setting=key, value=value))
    return float(value)
