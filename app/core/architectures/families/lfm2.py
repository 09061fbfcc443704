"""LFM2: short convolutions with a few layers of attention; GGUF tells them apart by the number of key heads."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import I32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import LAYER, decoder_sizes, experts, vector
from app.core.architectures.decoder_metadata import DECODER_METADATA, GATING
from app.core.architectures.requirements import MLX_DOES_NOT_SCALE, Requirement, never, one_of, rope_scaling
from app.core.architectures.vision import VISION_DROPPED
from app.core.checkpoint.wrappers import WRAPPERS
from app.core.text import text

CONV, FULL, FORWARD = LAYER + "conv", LAYER + "self_attn", LAYER + "feed_forward"
ATTENTION = "full_attention"
PUBLISHED = {"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"}

# transformers models/lfm2/configuration_lfm2.py, Lfm2Config
DEFAULTS = {
    "intermediate_size": 12288,
    "rope_theta": 1e6,
    "layer_types": lambda config: [
        ATTENTION if i in (config.get("full_attn_idxs") or range(config["num_hidden_layers"])) else "conv"
        for i in range(config["num_hidden_layers"])
    ],
}
# transformers models/lfm2_moe/configuration_lfm2_moe.py, Lfm2MoeConfig
DEFAULTS_MOE = {
    **{name: value for name, value in DEFAULTS.items() if name != "intermediate_size"},
    "block_auto_adjust_ff_dim": True,
    "block_ffn_dim_multiplier": 1.0,
    "block_multiple_of": 256,
}


def _feed_forward(config: Config) -> int:
    """The width after LFM2's adjustment: llama.cpp conversion/lfm2.py, _add_feed_forward_length."""
    width = int(setting(config, "block_ff_dim", "intermediate_size"))
    if not config["block_auto_adjust_ff_dim"]:
        return width
    width = int(2 * width / 3)
    if config["block_ffn_dim_multiplier"] is not None:
        width = int(config["block_ffn_dim_multiplier"] * width)
    step = int(config["block_multiple_of"])
    return step * ((width + step - 1) // step)


def _sizes(config: Config, layer: int) -> dict[str, int]:
    moe = decoder_sizes(config, layer)
    return {**moe, "3*hidden": 3 * config["hidden_size"], "kernel": config["conv_L_cache"]}


def _is_attention(config: Config, layer: int) -> bool:
    return bool(config["layer_types"][layer] == ATTENTION)


def _is_conv(config: Config, layer: int) -> bool:
    return not _is_attention(config, layer)


def _is_dense(config: Config, layer: int) -> bool:
    return bool(layer < config["num_dense_layers"])


def _has_experts(config: Config, layer: int) -> bool:
    return not _is_dense(config, layer)


def _key_heads(config: Config) -> list[int]:
    heads = setting(config, "num_key_value_heads") or config["num_attention_heads"]
    return [heads if kind == ATTENTION else 0 for kind in config["layer_types"]]


def _layer_types_fit(config: Config) -> bool:
    kinds = config["layer_types"]
    return len(kinds) == config["num_hidden_layers"] and set(kinds) <= {ATTENTION, "conv"}


BLOCKS = (
    TensorRule("model.embed_tokens.weight", ("vocabulary", "hidden")),
    vector("model.embedding_norm"),
    TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
    vector(LAYER + "operator_norm"),
    vector(LAYER + "ffn_norm"),
    TensorRule(f"{CONV}.conv.weight", ("hidden", "kernel"), layers=_is_conv),
    TensorRule(f"{CONV}.in_proj.weight", ("3*hidden", "hidden"), layers=_is_conv),
    TensorRule(f"{CONV}.out_proj.weight", ("hidden", "hidden"), layers=_is_conv),
    TensorRule(f"{FULL}.q_proj.weight", ("q_dim", "hidden"), layers=_is_attention),
    TensorRule(f"{FULL}.k_proj.weight", ("kv_dim", "hidden"), layers=_is_attention),
    TensorRule(f"{FULL}.v_proj.weight", ("kv_dim", "hidden"), layers=_is_attention),
    TensorRule(f"{FULL}.out_proj.weight", ("hidden", "q_dim"), layers=_is_attention),
    vector(f"{FULL}.q_layernorm", "head", layers=_is_attention),
    vector(f"{FULL}.k_layernorm", "head", layers=_is_attention),
)
SHAPES = {
    "gate_proj": ("intermediate", "hidden"),
    "up_proj": ("intermediate", "hidden"),
    "down_proj": ("hidden", "intermediate"),
}

METADATA = (
    *DECODER_METADATA,
    ConfigRow(Keys.Attention.HEAD_COUNT_KV, I32, value=_key_heads),
    ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
    ConfigRow(Keys.ShortConv.L_CACHE, U32, ("conv_L_cache",)),
)
REQUIREMENTS = (
    never("conv_bias", text("convolutions without biases")),
    rope_scaling("linear", "yarn"),
    MLX_DOES_NOT_SCALE,
    Requirement("layer_types", text("full_attention or conv for each layer"), _layer_types_fit),
)

LFM2 = Architecture(
    name="LFM2",
    model_types=("lfm2", "lfm2-vl", "lfm2_vl"),
    gguf="lfm2",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/lfm2.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.NEVER,
    mlx_head_source="mlx-lm models/lfm2.py: the output is computed with the embedding",
    ties_by_default=True,  # transformers Lfm2Config
    prefixes=WRAPPERS,
    dropped=VISION_DROPPED,
    defaults=DEFAULTS,
    tensors=(
        *BLOCKS,
        *(TensorRule(f"{FORWARD}.{name}.weight", SHAPES[key]) for key, name in PUBLISHED.items()),
    ),
    metadata=(*METADATA, ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, value=_feed_forward)),
    requirements=REQUIREMENTS,
    sizes=lambda config, layer: {**_sizes(config, layer), "intermediate": _feed_forward(config)},
    marker="conv.conv.weight",
)

LFM2_MOE = replace(
    LFM2,
    name="LFM2 MoE",
    model_types=("lfm2_moe",),
    gguf="lfm2moe",
    head_source="llama.cpp src/models/lfm2moe.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head_source="mlx-lm models/lfm2_moe.py: the output is computed with the embedding",
    defaults=DEFAULTS_MOE,
    tensors=(
        *BLOCKS,
        *(
            TensorRule(f"{FORWARD}.{name}.weight", SHAPES[key], saved=f"{FORWARD}.{key}.weight", layers=_is_dense)
            for key, name in PUBLISHED.items()
        ),
        TensorRule(f"{FORWARD}.gate.weight", ("experts", "hidden"), layers=_has_experts),
        TensorRule(f"{FORWARD}.expert_bias", ("experts",), mapped=f"{FORWARD}.expert_bias.bias", layers=_has_experts),
        *experts(FORWARD, PUBLISHED, mapped="layers.{}.feed_forward.experts", layers=_has_experts),
    ),
    metadata=(
        *METADATA,
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, ("num_dense_layers",)),
        ConfigRow(Keys.LLM.EXPERT_GATING_FUNC, U32, value=lambda _: GATING["sigmoid"]),
    ),
    requirements=(  # llama.cpp src/models/lfm2.cpp, build_moe_feed_forward; lfm2moe.cpp reads no scale
        *REQUIREMENTS,
        one_of("use_expert_bias", True),
        one_of("norm_topk_prob", True),
        one_of("routed_scaling_factor", 1.0),
    ),
    sizes=_sizes,
)

FAMILIES = (LFM2, LFM2_MOE)
