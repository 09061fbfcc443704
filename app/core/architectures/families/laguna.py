"""Laguna: attention with a gate for each head, whose number may change from layer to layer; sigmoid experts."""

from dataclasses import replace

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
from app.core.architectures.decoder_metadata import DECODER_METADATA, GATING
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, never, one_of, rope_scaling
from app.core.checkpoint.wrappers import WRAPPERS
from app.core.text import text

AT = LAYER + "mlp"
PERIOD = 4  # llama.cpp src/models/laguna.cpp, load_swa_pattern: the first of four layers sees everything

# transformers models/laguna/configuration_laguna.py, LagunaConfig
DEFAULTS = {
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 40,
    "num_attention_heads": 48,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "max_position_embeddings": 131072,
    "rms_norm_eps": 1e-6,
    "rope_theta": 500000.0,
    "partial_rotary_factor": 0.5,
    "local_partial_rotary_factor": 1.0,
    "sliding_window": 512,
    "gating": True,
    "moe_intermediate_size": 512,
    "shared_expert_intermediate_size": 512,
    "num_experts_per_tok": 8,
    "num_experts": 256,
    "moe_routed_scaling_factor": 1.0,
    "layer_types": lambda config: ["full_attention"] * config["num_hidden_layers"],
    "mlp_layer_types": lambda config: ["dense"] + ["sparse"] * (config["num_hidden_layers"] - 1),
    "num_attention_heads_per_layer": lambda config: [config["num_attention_heads"]] * config["num_hidden_layers"],
}


def _sizes(config: Config, layer: int) -> dict[str, int]:
    return decoder_sizes({**config, "num_attention_heads": config["num_attention_heads_per_layer"][layer]}, layer)


def _dense_count(config: Config) -> int:
    kinds = config["mlp_layer_types"]
    return next((i for i, kind in enumerate(kinds) if kind != "dense"), len(kinds))


def _has_experts(config: Config, layer: int) -> bool:
    return layer >= _dense_count(config)


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


def _experts_fit(config: Config) -> bool:
    kinds = config["mlp_layer_types"]
    return len(kinds) == config["num_hidden_layers"] and set(kinds[_dense_count(config) :]) == {"sparse"}


def _pattern_fits(config: Config) -> bool:
    layers = range(config["num_hidden_layers"])
    period = PERIOD if setting(config, "sliding_window") else 1
    return bool(config["layer_types"] == ["sliding_attention" if i % period else "full_attention" for i in layers])


def _rotary(config: Config) -> int:
    return int(config["head_dim"] * config["partial_rotary_factor"])


def _local_rotary(config: Config) -> int | None:
    if setting(config, "rope_local_base_freq") is None:
        return None
    return int(config["head_dim"] * config["local_partial_rotary_factor"])


LAGUNA = Architecture(
    name="Laguna",
    model_types=("laguna",),
    gguf="laguna",
    names_like="step35",  # the same tensors; gguf 0.19 does not know laguna
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/laguna.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/laguna.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=False,
    defaults=DEFAULTS,
    prefixes=WRAPPERS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        *without_biases(attention(), "o_proj"),
        *head_norms(),
        TensorRule(LAYER + "self_attn.g_proj.weight", ("heads", "hidden")),
        *without_biases(mlp(layers=_is_dense)),
        TensorRule(f"{AT}.gate.weight", ("experts", "hidden"), saved=f"{AT}.gate.proj.weight", layers=_has_experts),
        TensorRule(
            f"{AT}.experts.e_score_correction_bias",
            ("experts",),
            saved=f"{AT}.gate.e_score_correction_bias",
            mapped=f"{AT}.gate.e_score_correction.bias",
            layers=_has_experts,
        ),
        *experts(layers=_has_experts),
        *(
            # gguf's map has it under this name for other architectures only
            replace(rule, mapped=rule.name.replace("shared_expert.", "shared_experts."))
            for rule in without_biases(mlp(f"{AT}.shared_expert", "shared_intermediate", _has_experts))
        ),
    ),
    metadata=(  # llama.cpp conversion/laguna.py
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(
            Keys.Attention.HEAD_COUNT,
            U32,
            ("num_attention_heads_per_layer",),
            value=lambda c: list(c["num_attention_heads_per_layer"]),
        ),
        ConfigRow(
            Keys.Attention.SLIDING_WINDOW,
            U32,
            ("sliding_window",),
            value=lambda c: setting(c, "sliding_window") or None,
        ),
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, U32, ("shared_expert_intermediate_size",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_NORM, BOOL, value=lambda _: True),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, ("moe_routed_scaling_factor",)),
        ConfigRow(Keys.LLM.EXPERT_GATING_FUNC, U32, value=lambda _: GATING["sigmoid"]),
        ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, value=_dense_count),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("partial_rotary_factor",), value=_rotary),
        ConfigRow(Keys.Rope.DIMENSION_COUNT_SWA, U32, value=_local_rotary),
    ),
    requirements=(  # llama.cpp src/models/laguna.cpp
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        rope_scaling("linear", "yarn"),
        rope_scaling(of="local_rope_scaling"),
        Requirement(
            "rope_parameters",
            text("rope of layers with a window that is said"),
            lambda c: not setting(c, "sliding_window") or setting(c, "rope_local_base_freq") is not None,
        ),
        one_of("gating", True, "per-head"),  # another gate does not load in mlx-lm
        one_of("moe_router_score_func", "sigmoid"),
        never("moe_router_logit_softcapping", text("scores of experts without soft-capping")),
        never("moe_apply_router_weight_on_input", text("weights of experts on their output")),
        Requirement("mlp_layer_types", text("dense layers before those with experts"), _experts_fit),
        Requirement(
            "layer_types", text("full attention in the first of four layers, or no sliding window"), _pattern_fits
        ),
        Requirement(
            "num_attention_heads_per_layer",
            text("one number for each layer"),
            lambda c: len(c["num_attention_heads_per_layer"]) == c["num_hidden_layers"],
        ),
    ),
    sizes=_sizes,
)

FAMILIES = (LAGUNA,)
