"""Mellum 2: experts in every layer, a sliding window in some; llama.cpp rotates both kinds from one base."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    experts,
    head_norms,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, one_of, rope_scaling
from app.core.text import text

SLIDING = "sliding_attention"

# transformers models/mellum/configuration_mellum.py, MellumConfig
DEFAULTS = {
    "rope_theta": 500000.0,
    "layer_types": lambda config: ["full_attention"] * config["num_hidden_layers"],
}


def _window(config: Config) -> int | None:
    is_used = config.get("use_sliding_window") in (True, None)
    return setting(config, "sliding_window") if is_used else None


def _pattern(config: Config) -> list[bool] | None:
    return None if _window(config) is None else [kind == SLIDING for kind in config["layer_types"]]


def _pattern_fits(config: Config) -> bool:
    kinds = config["layer_types"]
    if len(kinds) != config["num_hidden_layers"] or not set(kinds) <= {SLIDING, "full_attention"}:
        return False
    return len(set(kinds)) == (1 if _window(config) is None else 2)


def _base_fits(config: Config) -> bool:
    return _window(config) is None or setting(config, "rope_local_base_freq") in (None, config["rope_theta"])


MELLUM = Architecture(
    name="Mellum 2",
    model_types=("mellum",),
    gguf="mellum",
    names_like="qwen3moe",  # the same tensors; gguf 0.19 does not know mellum
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/mellum.cpp: output is required",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/mellum.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=False,
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        *without_biases(attention()),
        *head_norms(),
        TensorRule(LAYER + "mlp.gate.weight", ("experts", "hidden")),
        *experts(),
    ),
    metadata=(  # llama.cpp conversion/mellum.py
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",), value=_window),
        ConfigRow(Keys.Attention.SLIDING_WINDOW_PATTERN, BOOL, value=_pattern),
    ),
    requirements=(  # llama.cpp src/models/mellum.cpp
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        rope_scaling("linear", "yarn"),
        Requirement(
            "norm_topk_prob", text("expert weights that are normalized"), lambda c: c["norm_topk_prob"] is True
        ),
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
    sizes=decoder_sizes,
)

FAMILIES = (MELLUM,)
