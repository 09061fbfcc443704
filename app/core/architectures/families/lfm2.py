"""LFM2: short convolutions with a few layers of attention; GGUF tells them apart by the number of key heads."""

from app.core.architectures.parts.saved import saved_as
from app.core.architectures.vocabulary import *

CONV, FORWARD = LAYER + "conv", LAYER + "feed_forward"
FULL = of_kind("full_attention")
CONVOLUTION = FULL.others
EXPERTS = from_layer("num_dense_layers")


def _layer_types(config: Config) -> list[str]:
    layers = range(config["num_hidden_layers"])
    return ["full_attention" if i in (config.get("full_attn_idxs") or layers) else "conv" for i in layers]


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


def _key_heads(config: Config) -> list[int]:
    heads = setting(config, "num_key_value_heads") or config["num_attention_heads"]
    return [heads if kind == "full_attention" else 0 for kind in config["layer_types"]]


def _kinds_fit(config: Config) -> bool:
    kinds = config["layer_types"]
    return len(kinds) == config["num_hidden_layers"] and set(kinds) <= {"full_attention", "conv"}


BLOCKS = (
    Part(
        (
            tensor("model.embed_tokens.weight", "token_embd.weight", "vocabulary", "hidden"),
            tensor("model.embedding_norm.weight", "token_embd_norm.weight", "hidden"),
            tensor("lm_head.weight", "output.weight", "vocabulary", "hidden", optional=True),
        ),
        DECODER_METADATA,
        sizes=decoder_sizes,
    ),
    norms(names={"operator_norm": "attn_norm", "ffn_norm": "ffn_norm"}),
    Part(
        (
            tensor(f"{CONV}.conv.weight", "shortconv.conv.weight", "hidden", "kernel", layers=CONVOLUTION),
            tensor(f"{CONV}.in_proj.weight", "shortconv.in_proj.weight", "3*hidden", "hidden", layers=CONVOLUTION),
            tensor(f"{CONV}.out_proj.weight", "shortconv.out_proj.weight", "hidden", "hidden", layers=CONVOLUTION),
        ),
        sizes=lambda config, _: {"3*hidden": 3 * config["hidden_size"], "kernel": config["conv_L_cache"]},
    ),
    attention(layers=FULL, output="out_proj"),
    head_norms(layers=FULL, names=("q_layernorm", "k_layernorm")),
)
METADATA = (
    ConfigRow(Keys.Attention.HEAD_COUNT_KV, I32, value=_key_heads),
    VOCAB_SIZE,
    u32(Keys.ShortConv.L_CACHE, "conv_L_cache"),
)

LFM2 = Architecture(
    name="LFM2",
    model_types=("lfm2", "lfm2-vl", "lfm2_vl"),
    gguf="lfm2",
    sources=("src/models/lfm2.cpp", "conversion/lfm2.py", "mlx_lm/models/lfm2.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.NEVER, ties=True),  # transformers Lfm2Config
    # transformers models/lfm2/configuration_lfm2.py, Lfm2Config
    defaults={"intermediate_size": 12288, "rope_theta": 1e6, "layer_types": _layer_types},
    parts=(*BLOCKS, mlp(FORWARD, names=moe.W123), rope("linear", "yarn")),
    metadata=(*METADATA, u32(Keys.LLM.FEED_FORWARD_LENGTH, value=_feed_forward)),
    requirements=(
        never("conv_bias", text("convolutions without biases")),
        MLX_DOES_NOT_SCALE,
        Requirement("layer_types", text("full_attention or conv for each layer"), _kinds_fit),
    ),
    sizes=lambda config, _: {"intermediate": _feed_forward(config)},
    marker="conv.conv.weight",
)

LFM2_MOE = replace(
    LFM2,
    name="LFM2 MoE",
    model_types=("lfm2_moe",),
    gguf="lfm2moe",
    sources=("src/models/lfm2moe.cpp", "conversion/lfm2.py", "mlx_lm/models/lfm2_moe.py"),
    defaults={  # transformers models/lfm2_moe/configuration_lfm2_moe.py, Lfm2MoeConfig
        "rope_theta": 1e6,
        "layer_types": _layer_types,
        "block_auto_adjust_ff_dim": True,
        "block_ffn_dim_multiplier": 1.0,
        "block_multiple_of": 256,
    },
    parts=(
        *BLOCKS,
        saved_as(mlp(FORWARD, layers=EXPERTS.others, names=moe.W123), mlp(FORWARD)),
        moe.router(bias="expert_bias", at=FORWARD, layers=EXPERTS),
        moe.experts(FORWARD, moe.W123, layers=EXPERTS),
        rope("linear", "yarn"),
    ),
    metadata=(
        *METADATA,
        moe.EXPERT_LENGTH,
        u32(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, "num_dense_layers"),
        moe.ALWAYS_SIGMOID,
    ),
    # llama.cpp src/models/lfm2.cpp, build_moe_feed_forward; lfm2moe.cpp reads no scale
    requirements=(*LFM2.requirements, *fixed(use_expert_bias=True, norm_topk_prob=True, routed_scaling_factor=1.0)),
    sizes=None,
)
