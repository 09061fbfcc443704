"""Phi 3 and 4: Q, K, V in one matrix, gate and up in another; two sets of rope factors, for short and long contexts."""

import math
from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, ComputedTensor, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    decoder_sizes,
    embedding_norm_head,
    experts,
    linear,
    vector,
    with_biases,
)
from app.core.architectures.families.phi2 import HEAD_BIAS, norm_with_bias
from app.core.architectures.requirements import Requirement, one_of, rope_scaling
from app.core.text import text

AT = LAYER + "self_attn"

# transformers models/phi3/configuration_phi3.py, Phi3Config
DEFAULTS = {
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "max_position_embeddings": 4096,
    "original_max_position_embeddings": 4096,
    "rope_theta": 10000.0,
    "partial_rotary_factor": 1.0,
}


def _sizes(config: Config, layer: int) -> dict[str, int]:
    sizes = decoder_sizes(config, layer)
    return {**sizes, "qkv": sizes["q_dim"] + 2 * sizes["kv_dim"], "2*intermediate": 2 * sizes["intermediate"]}


def _rotated(config: Config) -> int:
    return int(config["partial_rotary_factor"] * config["hidden_size"]) // int(config["num_attention_heads"])


def _original_context(config: Config) -> int:
    found = setting(config["rope_scaling"], "original_max_position_embeddings")
    return int(config["original_max_position_embeddings"] if found is None else found)


def _factors(config: Config, name: str) -> tuple[float, ...]:
    return tuple(float(factor) for factor in setting(config["rope_scaling"], name) or ())


def _attention_factor(config: Config) -> float | None:
    """llama.cpp conversion/phi.py, generate_extra_tensors."""
    scaling = config["rope_scaling"]
    if not setting(scaling, "long_factor"):
        return None
    original = _original_context(config)
    scale = config["max_position_embeddings"] / original
    if scale <= 1:
        return 1.0
    if scaling["rope_type"] == "yarn":
        return 0.1 * math.log(scale) + 1.0
    return math.sqrt(1 + math.log(scale) / math.log(original))


def _factors_fit(config: Config) -> bool:
    counts = {len(_factors(config, "long_factor")), len(_factors(config, "short_factor"))}
    return counts in ({0}, {_rotated(config) // 2}) and (counts != {0} or not config["rope_scaling"].get("rope_type"))


METADATA = (  # same file, Phi3MiniModel.set_gguf_parameters
    ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("n_positions", "max_position_embeddings")),
    ConfigRow(
        Keys.Rope.SCALING_ORIG_CTX_LEN,
        U32,
        ("rope_scaling.original_max_position_embeddings", "original_max_position_embeddings"),
        value=_original_context,
    ),
    ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("hidden_size",)),
    ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, ("intermediate_size",)),
    ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("num_hidden_layers",)),
    ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("num_attention_heads",)),
    ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, ("num_key_value_heads",)),
    ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, ("rms_norm_eps",)),
    ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("partial_rotary_factor",), value=_rotated),
    ConfigRow(Keys.Rope.FREQ_BASE, F32, ("rope_theta",)),
    ConfigRow(
        Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",), value=lambda c: setting(c, "sliding_window") or 0
    ),
    ConfigRow(Keys.Rope.SCALING_ATTN_FACTOR, F32, value=_attention_factor),
)

PHI3 = Architecture(
    name="Phi 3",
    model_types=("phi3",),
    gguf="phi3",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/phi3.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/phi3.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=False,  # transformers Phi3Config
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        TensorRule(f"{AT}.qkv_proj.weight", ("qkv", "hidden")),
        TensorRule(f"{AT}.o_proj.weight", ("hidden", "q_dim")),
        TensorRule(LAYER + "mlp.gate_up_proj.weight", ("2*intermediate", "hidden")),
        TensorRule(LAYER + "mlp.down_proj.weight", ("hidden", "intermediate")),
    ),
    computed=(
        ComputedTensor("rope_factors_long.weight", lambda c: _factors(c, "long_factor")),
        ComputedTensor("rope_factors_short.weight", lambda c: _factors(c, "short_factor")),
    ),
    metadata=METADATA,
    requirements=(
        one_of("hidden_act", "silu"),
        rope_scaling("longrope", "su", "yarn"),
        Requirement("rope_scaling", text("long and short factors for each pair that is rotated"), _factors_fit),
    ),
    sizes=_sizes,
)

PHIMOE = replace(
    PHI3,
    name="Phi 3.5 MoE",
    model_types=("phimoe",),
    gguf="phimoe",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/phimoe.cpp: output is required, and its bias",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/phimoe.py: always has a head",
    # transformers models/phimoe/configuration_phimoe.py, PhimoeConfig
    defaults={
        **DEFAULTS,
        "hidden_size": 4096,
        "intermediate_size": 6400,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "rms_norm_eps": 1e-5,
        "num_key_value_heads": 8,
        "max_position_embeddings": 131072,
        "rope_theta": 1e6,
        "num_local_experts": 16,
        "num_experts_per_tok": 2,
    },
    tensors=(
        *(rule for rule in embedding_norm_head() if rule.name != "model.norm.weight"),
        HEAD_BIAS,
        *norm_with_bias("model.norm"),
        *norm_with_bias(LAYER + "input_layernorm"),
        *norm_with_bias(LAYER + "post_attention_layernorm"),
        *linear(f"{AT}.q_proj", "q_dim", "hidden"),
        *linear(f"{AT}.k_proj", "kv_dim", "hidden"),
        *linear(f"{AT}.v_proj", "kv_dim", "hidden"),
        *with_biases(linear(f"{AT}.o_proj", "hidden", "q_dim")),
        TensorRule(LAYER + "block_sparse_moe.gate.weight", ("experts", "hidden")),
        *experts(LAYER + "block_sparse_moe", published={"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"}),
    ),
    metadata=(
        *METADATA,
        ConfigRow(Keys.LLM.EXPERT_USED_COUNT, U32, ("num_experts_per_tok",)),
        ConfigRow(Keys.LLM.EXPERT_COUNT, U32, ("num_local_experts",)),
    ),
    requirements=(
        *PHI3.requirements,
        # llama.cpp src/models/phi3.cpp, LLM_NORM_RMS, and build_moe_ffn; transformers models/phimoe/modeling_phimoe.py,
        # LayerNorm and sparsemixer
        Requirement(
            "model_type",
            text("norms that do not subtract the mean, and weights of the two experts that add up to one"),
            lambda _: False,
            is_tolerated=True,
        ),
    ),
    sizes=lambda config, layer: {**decoder_sizes(config, layer), "expert_intermediate": config["intermediate_size"]},
)

FAMILIES = (PHI3, PHIMOE)
