"""Models that mlx-lm and llama.cpp compute differently from the same weights: their predictions prove nothing.

Found by asking both about every family's tiny model; tests/golden/families has each case, under `engines`, and what has
to be changed in config.json for the two to agree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.architectures import Config
from app.core.model.identify import Model
from app.core.text import Text, text


@dataclass(frozen=True)
class KnownDifference:
    """Why, as a sentence, and for which normalized config.json and longest text, in tokens."""

    applies: Callable[[Config, int], bool]
    reason: Text


def known_difference(model: Model, longest: int) -> Text | None:
    """Why predictions for texts of up to `longest` tokens cannot be compared; None where they can."""
    if model.family is None:
        return None
    differences = KNOWN.get(model.family.gguf, ())
    return next((one.reason for one in differences if one.applies(model.config, longest)), None)


def _rope(config: Config) -> Mapping[str, Any]:
    for key in ("rope_scaling", "rope_parameters"):
        if isinstance(found := config.get(key), Mapping):
            return found
    return {}


def _has_two_lists(config: Config, _: int) -> bool:
    rope = _rope(config)
    return bool(rope.get("long_factor")) and rope.get("long_factor") != rope.get("short_factor")


def _flat_yarn(config: Config, _: int) -> bool:
    rope = _rope(config)
    return "beta_fast" in rope and rope["beta_fast"] == rope.get("beta_slow")


def _above_one(key: str) -> Callable[[Config, int], bool]:
    return lambda config, _: (config.get(key) or 1) > 1


def _is_not_one(*keys: str) -> Callable[[Config, int], bool]:
    return lambda config, _: any((config.get(key) or 1) != 1 for key in keys)


def _has(*keys: str) -> Callable[[Config, int], bool]:
    return lambda config, _: any(config.get(key) for key in keys)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) and value else value


def _looks_at_some(config: Config, longest: int) -> bool:
    sparse = config.get("sparse_attention_config")
    if not isinstance(sparse, Mapping):
        return False
    return bool(sparse.get("sparse_topk_blocks", 0) * sparse.get("sparse_block_size", 0) < longest)


def _always(_: Config, __: int) -> bool:
    return True


LONG_FACTORS = KnownDifference(
    _has_two_lists, text("mlx-lm always uses the long rope factors, llama.cpp those that suit the context.")
)
FLAT_YARN = KnownDifference(
    _flat_yarn,
    text("mlx-lm and llama.cpp interpolate rope frequencies differently where beta_fast is beta_slow."),
)
CHOSEN_EXPERTS = text("mlx-lm and llama.cpp weigh the chosen experts differently.")

KNOWN: Mapping[str, tuple[KnownDifference, ...]] = {
    "minicpm": (LONG_FACTORS,),
    "minicpm3": (
        LONG_FACTORS,
        KnownDifference(_has("tie_word_embeddings"), text("mlx-lm does not scale the logits of a tied MiniCPM 3.")),
    ),
    "phi3": (LONG_FACTORS,),
    "phimoe": (
        # llama.cpp src/models/phi3.cpp, LLM_NORM_RMS; the published model subtracts the mean
        KnownDifference(_always, text("llama.cpp normalizes and routes in another way than the published model.")),
    ),
    "deepseek2": (
        FLAT_YARN,
        # llama.cpp src/llama-graph.cpp, build_moe_ffn: the two best experts of a group; mlx-lm: the best one
        KnownDifference(
            lambda config, _: config.get("model_type") == "deepseek_v2" and (config.get("n_group") or 1) > 1,
            text("mlx-lm and llama.cpp score groups of experts differently."),
        ),
    ),
    "bailingmoe3": (
        KnownDifference(
            _has("expert_swiglu_limit_list", "share_expert_swiglu_limit_list"),
            text("mlx-lm ignores the limits of the experts' activations."),
        ),
    ),
    "falcon-h1": (
        KnownDifference(
            _is_not_one("key_multiplier", "attention_in_multiplier"),
            text("mlx-lm ignores multipliers of the attention."),
        ),
    ),
    "chatglm": (
        KnownDifference(
            _is_not_one("partial_rotary_factor"), text("mlx-lm rotates whole heads, llama.cpp the part that is rotary.")
        ),
    ),
    "hunyuan-moe": (
        KnownDifference(lambda config, _: (_first(config.get("moe_topk")) or 1) < _experts(config), CHOSEN_EXPERTS),
    ),
    "jamba": (
        KnownDifference(lambda config, _: (config.get("num_experts_per_tok") or 1) < _experts(config), CHOSEN_EXPERTS),
    ),
    "mamba2": (
        # mamba_ssm, with which the published models were made, normalizes each group, as llama.cpp does
        KnownDifference(_above_one("n_groups"), text("mlx-lm normalizes all groups of Mamba 2 at once.")),
    ),
    "minimax-m3": (
        KnownDifference(_looks_at_some, text("llama.cpp looks at all blocks of a text here, mlx-lm at some.")),
    ),
    "plamo3": (
        KnownDifference(_is_not_one("rope_scaling_factor"), text("mlx-lm ignores rope_scaling_factor.")),
        KnownDifference(
            lambda config, longest: config["window_size"] < longest,
            text("mlx-lm's sliding window is one token longer than llama.cpp's."),
        ),
    ),
}


def _experts(config: Config) -> int:
    found = _first(config.get("num_experts"))
    return found if isinstance(found, int) else 1
