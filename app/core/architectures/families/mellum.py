"""Mellum 2: experts in every layer, a sliding window in some; llama.cpp rotates both kinds from one base."""

from app.core.architectures.parts.windows import FULL, SLIDING
from app.core.architectures.vocabulary import *


def _window(config: Config) -> int | None:
    is_used = config.get("use_sliding_window") in (True, None)
    return setting(config, "sliding_window") if is_used else None


def _pattern(config: Config) -> list[bool] | None:
    return None if _window(config) is None else [kind == SLIDING for kind in config["layer_types"]]


def _pattern_fits(config: Config) -> bool:
    kinds = config["layer_types"]
    if len(kinds) != config["num_hidden_layers"] or not set(kinds) <= {SLIDING, FULL}:
        return False
    return len(set(kinds)) == (1 if _window(config) is None else 2)


def _base_fits(config: Config) -> bool:
    return _window(config) is None or setting(config, "rope_local_base_freq") in (None, config["rope_theta"])


MELLUM = Architecture(
    name="Mellum 2",
    model_types=("mellum",),
    gguf="mellum",
    sources=("src/models/mellum.cpp", "conversion/mellum.py", "mlx_lm/models/mellum.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG),
    # transformers models/mellum/configuration_mellum.py, MellumConfig
    defaults={"rope_theta": 500000.0, "layer_types": lambda config: [FULL] * config["num_hidden_layers"]},
    parts=(decoder(), norms(), attention(), head_norms(), moe.router(), moe.experts(), rope("linear", "yarn")),
    metadata=(
        moe.EXPERT_LENGTH,
        u32(Keys.Attention.SLIDING_WINDOW, "sliding_window", value=_window),
        flag(Keys.Attention.SLIDING_WINDOW_PATTERN, value=_pattern),
    ),
    requirements=(
        SILU,
        NO_OUTPUT_BIAS,
        moe.NORMALIZED_ONLY,
        one_of("scoring_func", "softmax"),
        Requirement(
            "mlp_layer_types", text("experts in every layer"), lambda c: "dense" not in (c.get("mlp_layer_types") or ())
        ),
        Requirement("layer_types", text("layers of both kinds, or no sliding window"), _pattern_fits),
        Requirement(
            "rope_local_base_freq", text("the base of the full layers in those with a window, too"), _base_fits
        ),
        rope_scaling(of="local_rope_scaling"),
    ),
)
