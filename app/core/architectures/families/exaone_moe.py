"""K-EXAONE: EXAONE 4's attention, norms before instead of after, experts beside shared ones behind dense layers."""

from gguf import Keys, RopeScalingType

from app.core.architectures.architecture import Architecture, ComputedTensor, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, STRING, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    decoder_sizes,
    embedding_norm_head,
    experts,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.families.exaone4 import ATTENTION, METADATA, slides
from app.core.architectures.further_tokens import MTP
from app.core.architectures.requirements import Requirement, one_of, rope_scaling
from app.core.architectures.rope_factors import llama3_factors
from app.core.text import text

# transformers models/exaone_moe/configuration_exaone_moe.py, ExaoneMoeConfig
DEFAULTS = {
    "rope_theta": 10000.0,
    "sliding_window_pattern": 4,
    "norm_topk_prob": True,
    "routed_scaling_factor": 2.5,
    "n_group": 1,
    "topk_group": 1,
    "scoring_func": "sigmoid",  # neither the published implementation nor mlx-lm knows another one
}


def _dense_count(config: Config) -> int:
    count = setting(config, "first_k_dense_replace", "first_last_k_dense_replace")
    return 1 if count is None else int(count)


def _has_experts(config: Config, layer: int) -> bool:
    return layer >= _dense_count(config)


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


def _experts_fit(config: Config) -> bool:
    usual = [_has_experts(config, layer) for layer in range(config["num_hidden_layers"])]
    kinds = config.get("mlp_layer_types")
    named = None if kinds is None else [kind == "sparse" for kind in kinds]
    return config.get("is_moe_layer") in (None, usual) and named in (None, usual)


def _window_fits(config: Config) -> bool:
    pattern = slides(config) or []
    return len(pattern) == config["num_hidden_layers"] and any(pattern)


def _sizes(config: Config, layer: int) -> dict[str, int]:
    shared = config["num_shared_experts"] * config["moe_intermediate_size"]
    return {**decoder_sizes(config, layer), "shared_intermediate": shared}


EXAONE_MOE = Architecture(
    name="EXAONE MoE",
    model_types=("exaone_moe",),
    gguf="exaone-moe",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/exaone-moe.cpp: output is required",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/exaone_moe.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,  # transformers ExaoneMoeConfig
    defaults=DEFAULTS,
    dropped={"mtp.": MTP},
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        *ATTENTION,
        *without_biases(mlp(layers=_is_dense)),
        TensorRule(LAYER + "mlp.gate.weight", ("experts", "hidden"), layers=_has_experts),
        TensorRule(
            LAYER + "mlp.e_score_correction_bias",
            ("experts",),
            saved=LAYER + "mlp.gate.e_score_correction_bias",
            mapped=LAYER + "mlp.gate.e_score_correction.bias",
            layers=_has_experts,
        ),
        *experts(layers=_has_experts),
        *without_biases(mlp(LAYER + "mlp.shared_experts", "shared_intermediate", layers=_has_experts)),
    ),
    metadata=(  # llama.cpp conversion/exaone.py, ExaoneMoEModel.set_gguf_parameters
        *METADATA,
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(Keys.LLM.EXPERT_SHARED_COUNT, U32, ("num_shared_experts",)),
        ConfigRow(
            Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH,
            U32,
            value=lambda c: c["moe_intermediate_size"] * c["num_shared_experts"],
        ),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, ("routed_scaling_factor",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_NORM, BOOL, ("norm_topk_prob",)),
        ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, value=_dense_count),
        ConfigRow(Keys.LLM.NEXTN_PREDICT_LAYERS, U32, value=lambda _: 0),  # mlx-lm drops them
        ConfigRow(Keys.Rope.SCALING_TYPE, STRING, value=lambda _: RopeScalingType.NONE.value),
    ),
    computed=(ComputedTensor("rope_freqs.weight", llama3_factors),),
    requirements=(  # llama.cpp src/models/exaone-moe.cpp
        one_of("hidden_act", "silu"),
        one_of("scoring_func", "sigmoid"),
        one_of("topk_method", "noaux_tc"),
        rope_scaling("llama3"),
        Requirement("sliding_window", text("a window in some layers, and rope only there"), _window_fits),
        Requirement("is_moe_layer", text("experts in all layers but the first ones"), _experts_fit),
        Requirement(
            "num_shared_experts", text("shared experts beside the others"), lambda c: bool(c["num_shared_experts"])
        ),
    ),
    sizes=_sizes,
)

FAMILIES = (EXAONE_MOE,)
