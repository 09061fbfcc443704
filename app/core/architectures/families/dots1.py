"""dots.llm1: a mixture of experts with norms of heads; mlx-lm stacks the experts in place."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    experts,
    head_norms,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, never, one_of, rope_scaling
from app.core.text import text

# transformers models/dots1/configuration_dots1.py, Dots1Config
DEFAULTS = {
    "n_group": 1,
    "topk_group": 1,
    "scoring_func": "sigmoid",  # mlx-lm models/dots1.py knows nothing else
}


def _sizes(config: Config, layer: int) -> dict[str, int]:
    shared = config["n_shared_experts"] * config["moe_intermediate_size"]
    return {**decoder_sizes(config, layer), "shared_intermediate": shared}


def _has_experts(config: Config, layer: int) -> bool:
    return bool(layer >= config["first_k_dense_replace"])


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


DOTS1 = Architecture(
    name="dots.llm1",
    model_types=("dots1",),
    gguf="dots1",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/dots1.cpp: output is required",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/dots1.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        *without_biases(attention()),
        *head_norms(),
        *without_biases(mlp(layers=_is_dense)),
        TensorRule(LAYER + "mlp.gate.weight", ("experts", "hidden"), layers=_has_experts),
        TensorRule(
            LAYER + "mlp.gate.e_score_correction_bias",
            ("experts",),
            mapped=LAYER + "mlp.gate.e_score_correction.bias",
            optional=True,
            layers=_has_experts,
        ),
        *experts(saved="experts", layers=_has_experts),
        *without_biases(mlp(LAYER + "mlp.shared_experts", "shared_intermediate", layers=_has_experts)),
    ),
    metadata=(  # llama.cpp conversion/dots1.py
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, ("first_k_dense_replace",)),
        ConfigRow(Keys.LLM.EXPERT_SHARED_COUNT, U32, ("n_shared_experts",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, ("routed_scaling_factor",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_NORM, BOOL, ("norm_topk_prob",)),
    ),
    requirements=(  # llama.cpp src/models/dots1.cpp
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        never("mlp_bias", text("feed-forward networks without biases")),
        rope_scaling("linear", "yarn"),
        one_of("moe_layer_freq", 1),
        Requirement("n_shared_experts", text("shared experts"), lambda c: bool(setting(c, "n_shared_experts"))),
        Requirement("n_routed_experts", text("a mixture of experts"), lambda c: bool(setting(c, "n_routed_experts"))),
        Requirement(
            "num_key_value_heads",
            text("as many KV heads as query heads"),
            lambda c: c["num_key_value_heads"] == c["num_attention_heads"],
        ),
        Requirement(
            "layer_types", text("full attention"), lambda c: set(setting(c, "layer_types") or ()) <= {"full_attention"}
        ),
    ),
    sizes=_sizes,
)

FAMILIES = (DOTS1,)
