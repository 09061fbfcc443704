"""Kimi Linear: most layers have linear attention (KDA), the others DeepSeek's latent attention without positions."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import LAYER, OnLayer, embedding_norm_head, experts, mlp, vector, without_biases
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.families.deepseek2 import NORMS, SPLIT_KV_B, latent_sizes
from app.core.architectures.further_tokens import MTP
from app.core.architectures.ops import NegativeExp, on_values
from app.core.architectures.requirements import Requirement, never, one_of
from app.core.text import text

AT, FORWARD = LAYER + "self_attn", LAYER + "block_sparse_moe"
CONVOLUTION = ("one", "inner", "one", "kernel")  # llama.cpp conversion/kimi_linear.py, modify_tensors
CONV_KERNEL = 4

# mlx-lm models/kimi_linear.py, ModelArgs and KimiDeltaAttention
DEFAULTS = {
    "qk_nope_head_dim": lambda config: config["head_dim"],
    "v_head_dim": lambda config: config["head_dim"],
    "num_experts_per_token": 1,
    "moe_router_activation_func": "sigmoid",
    "routed_scaling_factor": 1.0,
    "first_k_dense_replace": 0,
}


def _is_full(config: Config, layer: int) -> bool:
    return layer + 1 in config["linear_attn_config"]["full_attn_layers"]  # they are counted from 1


def _is_linear(config: Config, layer: int) -> bool:
    return not _is_full(config, layer)


def _has_experts(config: Config, layer: int) -> bool:
    return bool(layer >= config["first_k_dense_replace"])


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


def _kernel(config: Config) -> int:
    return int(setting(config["linear_attn_config"], "short_conv_kernel_size") or CONV_KERNEL)


def _sizes(config: Config, layer: int) -> dict[str, int]:
    sizes, head = latent_sizes(config, layer), config["linear_attn_config"]["head_dim"]
    return {
        **sizes,
        "shared_intermediate": config["num_shared_experts"] * config["moe_intermediate_size"],
        "linear head": head,
        "inner": config["num_attention_heads"] * head,
        "kernel": _kernel(config),
        "one": 1,
    }


def delta_attention(at: str, layers: OnLayer) -> tuple[TensorRule, ...]:
    """What all kinds of Kimi's delta attention (KDA) have, under the names of llama.cpp's tensors."""
    matrices = {"q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v"}
    return (
        *(
            TensorRule(f"{at}.{name}.weight", ("inner", "hidden"), gguf=f"blk.{{bid}}.{gguf}.weight", layers=layers)
            for name, gguf in matrices.items()
        ),
        TensorRule(f"{at}.b_proj.weight", ("heads", "hidden"), gguf="blk.{bid}.ssm_beta.weight", layers=layers),
        TensorRule(f"{at}.dt_bias", ("inner",), gguf="blk.{bid}.ssm_dt.bias", layers=layers),
        TensorRule(f"{at}.o_norm.weight", ("linear head",), gguf="blk.{bid}.ssm_norm.weight", layers=layers),
        TensorRule(f"{at}.o_proj.weight", ("hidden", "inner"), gguf="blk.{bid}.attn_output.weight", layers=layers),
    )


def _convolution(letter: str) -> TensorRule:
    name = f"{AT}.{letter}_conv1d.weight"
    saved = f"{AT}.{letter}_conv.conv.weight"
    return TensorRule(name, ("inner", "kernel"), saved=saved, written=CONVOLUTION, layers=_is_linear)


def _linear(name: str, rows: str, columns: str) -> TensorRule:
    return TensorRule(f"{AT}.{name}.weight", (rows, columns), layers=_is_linear)


LINEAR_ATTENTION = (
    *delta_attention(AT, _is_linear),
    *(_convolution(letter) for letter in "qkv"),
    _linear("f_a_proj", "linear head", "hidden"),
    _linear("f_b_proj", "inner", "linear head"),
    _linear("g_a_proj", "linear head", "hidden"),
    _linear("g_b_proj", "inner", "linear head"),
    TensorRule(
        f"{AT}.A_log", ("heads",), on_values(NegativeExp()), written=("one", "one", "heads", "one"), layers=_is_linear
    ),
)


def _full(name: str, rows: str, columns: str) -> TensorRule:
    # linear attention has matrices of the same names and other shapes: one rule of each name is at work in a layer
    return TensorRule(f"{AT}.{name}.weight", (rows, columns), layers=_is_full)


LATENT_ATTENTION = (
    _full("q_proj", "heads*(nope+rope)", "hidden"),
    _full("kv_a_proj_with_mqa", "kv_rank+rope", "hidden"),
    vector(f"{AT}.kv_a_layernorm", "kv_rank", layers=_is_full),
    *(replace(rule, layers=_is_full) for rule in SPLIT_KV_B),
    _full("o_proj", "hidden", "heads*value"),
)


def _saved_elsewhere(rule: TensorRule) -> TensorRule:
    """mlx-lm calls them mlp."""
    return replace(rule, saved=(rule.saved or rule.name).replace("block_sparse_moe", "mlp"))


EXPERTS = (
    TensorRule(f"{FORWARD}.gate.weight", ("experts", "hidden"), layers=_has_experts),
    *experts(
        FORWARD,
        published={"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"},
        mapped="layers.{}.feed_forward.experts",
        layers=_has_experts,
    ),
    *without_biases(mlp(f"{FORWARD}.shared_experts", "shared_intermediate", layers=_has_experts)),
)
FEED_FORWARD = (
    *without_biases(mlp(layers=_is_dense)),
    *(_saved_elsewhere(rule) for rule in EXPERTS),
    TensorRule(
        f"{FORWARD}.gate.e_score_correction_bias",
        ("experts",),
        saved=LAYER + "mlp.e_score_correction_bias",
        gguf="blk.{bid}.exp_probs_b.bias",
        layers=_has_experts,
    ),
)


def _groups(config: Config) -> list[int]:
    """Latent attention has one group of keys, linear attention none."""
    return [int(_is_full(config, layer)) for layer in range(config["num_hidden_layers"])]


def _kinds_fit(config: Config) -> bool:
    """mlx-lm looks into the one list, llama.cpp's converter into the other."""
    both = sorted(config["linear_attn_config"]["kda_layers"] + config["linear_attn_config"]["full_attn_layers"])
    return both == list(range(1, config["num_hidden_layers"] + 1))


ATTENTION = Keys.Attention
KIMI_LINEAR = Architecture(
    name="Kimi Linear",
    model_types=("kimi_linear",),
    gguf="kimi-linear",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/kimi-linear.cpp: output is required",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/kimi_linear.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,
    defaults=DEFAULTS,
    dropped={"model.mtp": MTP},
    tensors=(*embedding_norm_head(), *NORMS, *LINEAR_ATTENTION, *LATENT_ATTENTION, *FEED_FORWARD),
    metadata=(  # llama.cpp conversion/kimi_linear.py
        *DECODER_METADATA,
        ConfigRow(ATTENTION.HEAD_COUNT_KV, U32, value=_groups),
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.SSM.CONV_KERNEL, U32, ("linear_attn_config.short_conv_kernel_size",), value=_kernel),
        ConfigRow(
            Keys.KDA.HEAD_DIM,
            U32,
            ("linear_attn_config.head_dim",),
            value=lambda c: c["linear_attn_config"]["head_dim"],
        ),
        ConfigRow(ATTENTION.KV_LORA_RANK, U32, ("kv_lora_rank",)),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("qk_rope_head_dim",)),
        ConfigRow(ATTENTION.KEY_LENGTH, U32, value=lambda c: c["kv_lora_rank"] + c["qk_rope_head_dim"]),
        ConfigRow(ATTENTION.KEY_LENGTH_MLA, U32, value=lambda c: c["qk_nope_head_dim"] + c["qk_rope_head_dim"]),
        ConfigRow(ATTENTION.VALUE_LENGTH_MLA, U32, ("v_head_dim",)),
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(Keys.LLM.EXPERT_SHARED_COUNT, U32, ("num_shared_experts",)),
        ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, ("first_k_dense_replace",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, ("routed_scaling_factor",)),
    ),
    requirements=(  # llama.cpp src/models/kimi-linear.cpp
        one_of("hidden_act", "silu"),
        never("q_lora_rank", text("queries of one matrix")),
        one_of("mla_use_nope", True),
        one_of("moe_layer_freq", 1),
        one_of("num_expert_group", 1),
        one_of("moe_renormalize", True),
        Requirement("num_experts", text("a mixture of experts"), lambda c: bool(setting(c, "num_experts"))),
        Requirement("num_shared_experts", text("shared experts"), lambda c: bool(setting(c, "num_shared_experts"))),
        Requirement("linear_attn_config", text("linear or full attention in every layer"), _kinds_fit),
        Requirement(
            "linear_attn_config",
            text("as many heads in linear attention"),
            lambda c: c["linear_attn_config"]["num_heads"] == c["num_attention_heads"],
        ),
    ),
    sizes=_sizes,
)

FAMILIES = (KIMI_LINEAR,)
