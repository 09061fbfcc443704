"""OpenELM: every layer has its own number of heads and width; Q, K and V in one matrix, gate and up in another."""

from app.core.architectures.vocabulary import *

BLOCK = "transformer.layers.{}."
ROUNDED_DOWN = 0.9  # not by more than a tenth


def _width(config: Config, layer: int) -> int:
    """llama.cpp conversion/openelm.py, _make_divisible."""
    width, divisor = config["ffn_multipliers"][layer] * config["model_dim"], config["ffn_dim_divisor"]
    rounded = max(divisor, int(width + divisor / 2) // divisor * divisor)
    return int(rounded + divisor if rounded < ROUNDED_DOWN * width else rounded)


def _sizes(config: Config, layer: int) -> dict[str, int]:
    head, queries, kv_heads = config["head_dim"], config["num_query_heads"][layer], config["num_kv_heads"][layer]
    width = _width(config, layer)
    return {
        "hidden": config["model_dim"],
        "head": head,
        "q_dim": queries * head,
        "qkv": (queries + 2 * kv_heads) * head,
        "intermediate": width,
        "2*intermediate": 2 * width,
    }


QKV = matrix(BLOCK + "attn.qkv_proj", "attn_qkv", "qkv", "hidden")
OUTPUT = matrix(BLOCK + "attn.out_proj", "attn_output", "hidden", "q_dim")


def _layers_fit(config: Config) -> bool:
    lists = (config["num_query_heads"], config["num_kv_heads"], config["ffn_multipliers"])
    return all(isinstance(one, list) and len(one) == config["num_transformer_layers"] for one in lists)


OPENELM = Architecture(
    name="OpenELM",
    model_types=("openelm",),
    gguf="openelm",
    sources=("src/models/openelm.cpp", "conversion/openelm.py", "mlx_lm/models/openelm.py"),
    head=HeadFacts(Head.NEVER, MlxHead.CONFIG, ties=True),  # by share_input_output_layers
    # apple/OpenELM-270M configuration_openelm.py, OpenELMConfig; what it leaves to be computed, as in OpenELM-270M.
    # The published implementation has rms_norm_eps built in
    defaults={"max_context_length": 2048, "rope_freq_constant": 10000, "rms_norm_eps": 1e-6},
    embedding="transformer.token_embeddings.weight",
    parts=(
        ends(embedding="transformer.token_embeddings", norm="transformer.norm"),
        norms(names={"attn_norm": "attn_norm", "ffn_norm": "ffn_norm"}, at=BLOCK),
        Part((*QKV, *OUTPUT)),
        head_norms(at=BLOCK + "attn"),
        fused.split_mlp(BLOCK + "ffn", "proj_1", "proj_2", text("half of proj_1")),
        rope(),
    ),
    metadata=(
        u32(Keys.LLM.BLOCK_COUNT, "num_transformer_layers"),
        u32(Keys.LLM.CONTEXT_LENGTH, "max_context_length"),
        u32(Keys.LLM.EMBEDDING_LENGTH, "model_dim"),
        u32(Keys.LLM.FEED_FORWARD_LENGTH, value=lambda c: [_width(c, i) for i in range(c["num_transformer_layers"])]),
        u32(Keys.Attention.HEAD_COUNT, "num_query_heads", value=lambda c: list(c["num_query_heads"])),
        u32(Keys.Attention.HEAD_COUNT_KV, "num_kv_heads", value=lambda c: list(c["num_kv_heads"])),
        f32(Keys.Rope.FREQ_BASE, "rope_freq_constant"),
        rows.RMS_EPSILON,
        u32(Keys.Rope.DIMENSION_COUNT, "head_dim"),
        *rows.head_lengths("head_dim"),
    ),
    requirements=(
        one_of("activation_fn_name", "swish", "silu"),
        *fixed(normalization_layer_name="rms_norm", normalize_qk_projections=True),
        *fixed(ffn_with_glu=True, share_input_output_layers=True),
        Requirement("num_query_heads", text("one number for each layer, as of key heads and multipliers"), _layers_fit),
    ),
    sizes=_sizes,
)
