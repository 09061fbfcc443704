"""Ling 3 (Bailing MoE V3): Kimi's delta attention with bounded gates, latent attention with gated heads, experts."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import LAYER, OnLayer, experts, mlp, vector, without_biases
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.families.deepseek2 import KV_B, NORMS, latent_sizes
from app.core.architectures.families.kimi_linear import CONVOLUTION, delta_attention
from app.core.architectures.ops import NOTHING, NegativeExp, Scale, on_values
from app.core.architectures.requirements import Requirement, never, one_of, rope_scaling
from app.core.text import text

AT, MLP = LAYER + "attention", LAYER + "mlp"
ARCHITECTURE = "BailingMoeV3ForCausalLM"

# mlx-lm models/bailing_moe_v3.py, ModelArgs
DEFAULTS = {
    "hidden_size": 1536,
    "intermediate_size": 4608,
    "moe_intermediate_size": 512,
    "moe_shared_expert_intermediate_size": 512,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "num_experts": 128,
    "num_experts_per_tok": 8,
    "num_shared_experts": 1,
    "first_k_dense_replace": 1,
    "n_group": 8,
    "topk_group": 4,
    "routed_scaling_factor": 2.5,
    "norm_topk_prob": True,
    "score_function": "sigmoid",
    "layer_group_size": 4,
    "head_dim": 128,
    "q_lora_rank": 256,
    "kv_lora_rank": 512,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "short_conv_kernel_size": 4,
    "kda_lower_bound": -5.0,
    "max_position_embeddings": 131072,
    "rms_norm_eps": 1e-6,
    "rope_theta": 6000000.0,
}


def _is_full(config: Config, layer: int) -> bool:
    """The last layer of each group, and those that are in no whole group."""
    size = config["layer_group_size"]
    return bool((layer + 1) % size == 0 or layer >= config["num_hidden_layers"] // size * size)


def _is_linear(config: Config, layer: int) -> bool:
    return not _is_full(config, layer)


def _has_q_rank(config: Config, layer: int) -> bool:
    return _is_full(config, layer) and bool(config.get("q_lora_rank"))


def _has_no_q_rank(config: Config, layer: int) -> bool:
    return _is_full(config, layer) and not config.get("q_lora_rank")


def _has_experts(config: Config, layer: int) -> bool:
    return bool(layer >= config["first_k_dense_replace"])


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


def _sizes(config: Config, layer: int) -> dict[str, int]:
    return {
        **latent_sizes(config, layer),
        "shared_intermediate": config["moe_shared_expert_intermediate_size"],
        "linear head": config["head_dim"],
        "inner": config["num_attention_heads"] * config["head_dim"],
        "kernel": config["short_conv_kernel_size"],
        "one": 1,
    }


def _matrix(name: str, rows: str, columns: str, gguf: str, layers: OnLayer = _is_full) -> TensorRule:
    return TensorRule(f"{AT}.{name}.weight", (rows, columns), gguf=f"blk.{{bid}}.{gguf}.weight", layers=layers)


def _convolution(letter: str) -> TensorRule:
    return TensorRule(
        f"{AT}.{letter}_conv1d.weight",
        ("inner", "kernel"),
        written=CONVOLUTION,
        gguf=f"blk.{{bid}}.ssm_conv1d_{letter}.weight",
        layers=_is_linear,
    )


LINEAR_ATTENTION = (
    *delta_attention(AT, _is_linear),
    *(_convolution(letter) for letter in "qkv"),
    _matrix("f_proj", "inner", "hidden", "ssm_f_a", _is_linear),
    _matrix("g_proj", "inner", "hidden", "ssm_g_a", _is_linear),
    TensorRule(
        f"{AT}.A_log",
        ("heads",),
        on_values(NegativeExp(), Scale(-1.0)),
        written=("heads", "one"),
        gguf="blk.{bid}.ssm_a",
        layers=_is_linear,
    ),
)
# mlx-lm models/bailing_moe_v3.py saves the halves of kv_b as DeepSeek V3's
SPLIT_KV_B = tuple(
    replace(
        rule,
        name=f"{AT}.kv_b_proj.weight",
        saved=f"{AT}.{saved}.weight",
        remaining=NOTHING,
        mapped=f"{AT}.{letter}_b_proj.weight",
        gguf=f"blk.{{bid}}.attn_{letter}_b.weight",
        layers=_is_full,
    )
    for rule, saved, letter in zip(KV_B, ("embed_q", "unembed_out"), "kv", strict=True)
)
LATENT_ATTENTION = (
    _matrix("q_a_proj", "q_rank", "hidden", "attn_q_a", _has_q_rank),
    TensorRule(f"{AT}.q_a_layernorm.weight", ("q_rank",), gguf="blk.{bid}.attn_q_a_norm.weight", layers=_has_q_rank),
    _matrix("q_b_proj", "heads*(nope+rope)", "q_rank", "attn_q_b", _has_q_rank),
    _matrix("q_proj", "heads*(nope+rope)", "hidden", "attn_q", _has_no_q_rank),
    _matrix("kv_a_proj_with_mqa", "kv_rank+rope", "hidden", "attn_kv_a_mqa"),
    TensorRule(f"{AT}.kv_a_layernorm.weight", ("kv_rank",), gguf="blk.{bid}.attn_kv_a_norm.weight", layers=_is_full),
    *SPLIT_KV_B,
    _matrix("g_proj", "heads", "hidden", "attn_gate"),
    _matrix("dense", "hidden", "heads*value", "attn_output"),
)
FORWARD = (
    *mlp(layers=_is_dense),
    TensorRule(f"{MLP}.gate.weight", ("experts", "hidden"), layers=_has_experts),
    *experts(layers=_has_experts),
    *mlp(f"{MLP}.shared_experts", "shared_intermediate", layers=_has_experts),
)


def _limits(key: str, name: str) -> ConfigRow:
    """One number for each layer, zero for none: llama.cpp conversion/bailingmoe3.py, clamp_limits."""

    def value(config: Config) -> list[float] | None:
        limits = config.get(name)
        if limits is None:
            return None
        count = config["num_hidden_layers"]
        return [float(limit or 0.0) for limit in [*limits, *[0.0] * count][:count]]

    return ConfigRow(key, F32, (name,), value=value)


def _groups(config: Config) -> list[int]:
    return [int(_is_full(config, layer)) for layer in range(config["num_hidden_layers"])]


def _is_third(config: Config) -> bool:
    """mlx-lm utils.py, MODEL_ARCHITECTURE_REMAPPING: published models call themselves bailing_hybrid."""
    return config.get("model_type") != "bailing_hybrid" or ARCHITECTURE in (setting(config, "architectures") or ())


ATTENTION, LLM = Keys.Attention, Keys.LLM
# The package gguf 0.19 does not know the architecture
BAILING3 = Architecture(
    name="Ling 3",
    model_types=("bailing_hybrid", "bailing_moe_v3"),
    gguf="bailingmoe3",
    names_like="kimi-linear",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/bailingmoe3.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/bailing_moe_v3.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,
    defaults=DEFAULTS,
    embedding="model.word_embeddings.weight",
    tensors=(
        TensorRule("model.word_embeddings.weight", ("vocabulary", "hidden")),
        vector("model.norm"),
        TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
        *NORMS,
        *LINEAR_ATTENTION,
        *LATENT_ATTENTION,
        *without_biases(FORWARD),
        TensorRule(f"{MLP}.gate.expert_bias", ("experts",), gguf="blk.{bid}.exp_probs_b.bias", layers=_has_experts),
    ),
    metadata=(  # llama.cpp conversion/bailingmoe3.py
        *DECODER_METADATA,
        ConfigRow(ATTENTION.HEAD_COUNT_KV, U32, value=_groups),
        ConfigRow(LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.SSM.CONV_KERNEL, U32, ("short_conv_kernel_size",)),
        ConfigRow(Keys.KDA.HEAD_DIM, U32, ("head_dim",)),
        ConfigRow("{arch}.kda.safe_gate", BOOL, value=lambda _: True),
        ConfigRow("{arch}.kda.gate_lower_bound", F32, ("kda_lower_bound",)),
        ConfigRow(ATTENTION.Q_LORA_RANK, U32, ("q_lora_rank",)),
        ConfigRow(ATTENTION.KV_LORA_RANK, U32, ("kv_lora_rank",)),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("qk_rope_head_dim",)),
        ConfigRow(ATTENTION.KEY_LENGTH, U32, value=lambda c: c["kv_lora_rank"] + c["qk_rope_head_dim"]),
        ConfigRow(ATTENTION.KEY_LENGTH_MLA, U32, value=lambda c: c["qk_nope_head_dim"] + c["qk_rope_head_dim"]),
        ConfigRow(ATTENTION.VALUE_LENGTH_MLA, U32, ("v_head_dim",)),
        ConfigRow(LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, U32, ("moe_shared_expert_intermediate_size",)),
        ConfigRow(LLM.EXPERT_SHARED_COUNT, U32, ("num_shared_experts",)),
        ConfigRow(LLM.LEADING_DENSE_BLOCK_COUNT, U32, ("first_k_dense_replace",)),
        ConfigRow(LLM.EXPERT_WEIGHTS_SCALE, F32, ("routed_scaling_factor",)),
        ConfigRow(LLM.EXPERT_WEIGHTS_NORM, BOOL, ("norm_topk_prob",)),
        _limits(LLM.SWIGLU_CLAMP_EXP, "expert_swiglu_limit_list"),
        _limits(LLM.SWIGLU_CLAMP_SHEXP, "share_expert_swiglu_limit_list"),
    ),
    requirements=(  # llama.cpp src/models/bailingmoe3.cpp, conversion/bailingmoe3.py
        Requirement(
            "architectures", text("the third generation, {architecture}", architecture=ARCHITECTURE), _is_third
        ),
        one_of("hidden_act", "silu"),
        never("use_bias", text("matrices without biases")),
        never("use_qkv_bias", text("attention without biases")),
        rope_scaling(),
        one_of("rope_interleave", True),
        one_of("no_kda_lora", True),
        one_of("kda_safe_gate", True),
        one_of("gated_attention_proj_granularity_type", "head_wise"),
        one_of("num_shared_experts", 1),
        one_of("score_function", "sigmoid"),
        one_of("norm_topk_prob", True),
        Requirement("kda_lower_bound", text("a bound below zero"), lambda c: c["kda_lower_bound"] < 0),
    ),
    sizes=_sizes,
    marker="conv1d.weight",
)

FAMILIES = (BAILING3,)
