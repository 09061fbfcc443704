"""Nemotron NAS (DeciLM): Llama with another number of key heads and another width in every layer, or none at all."""

from collections.abc import Mapping

from app.core.architectures.rope_factors import LLAMA3_CONTEXT
from app.core.architectures.vocabulary import *

WIDTH_STEP = 256  # llama.cpp conversion/deci.py and mlx-lm models/nemotron-nas.py: widths are multiples of it


def _block(config: Config, layer: int, part: str) -> Any:
    return config["block_configs"][layer][part]


def _is_usual(block: Mapping[str, Any]) -> bool:
    return not block.get("no_op") and not block.get("replace_with_linear")


WITH_ATTENTION = Layers(lambda config, layer: _is_usual(_block(config, layer, "attention")))
WITH_FORWARD = Layers(lambda config, layer: _is_usual(_block(config, layer, "ffn")))


def _head(config: Config) -> int:
    return int(config["hidden_size"]) // int(config["num_attention_heads"])


def _groups(config: Config, layer: int) -> int:
    in_group = _block(config, layer, "attention").get("n_heads_in_group")
    return int(config["num_attention_heads"]) // in_group if in_group and WITH_ATTENTION(config, layer) else 0


def _width(config: Config, layer: int) -> int:
    multiple = _block(config, layer, "ffn").get("ffn_mult") if WITH_FORWARD(config, layer) else None
    width = int(2 * (multiple or 0) * config["hidden_size"] / 3)
    return -(-width // WIDTH_STEP) * WIDTH_STEP


def _sizes(config: Config, layer: int) -> dict[str, int]:
    width, groups = _width(config, layer), _groups(config, layer)
    even = decoder_sizes({name: config[name] for name in ("hidden_size", "num_attention_heads")})
    return {**even, "intermediate": width, "kv_heads": groups, "kv_dim": even["head"] * groups}


def _blocks_fit(config: Config) -> bool:
    """In llama.cpp's graph a layer without a feed-forward network passes on what came in, whatever its attention says.

    The size of heads is that of the first layer, and the last one chooses the tokens that are answered.
    """
    if len(config["block_configs"]) != config["num_hidden_layers"]:
        return False
    with_attention, with_forward = WITH_ATTENTION.flags(config), WITH_FORWARD.flags(config)
    has_lone_attention = any(has and not follows for has, follows in zip(with_attention, with_forward, strict=True))
    return with_attention[0] and with_forward[-1] and not has_lone_attention


def _is_plain(config: Config) -> bool:
    """mlx-lm has names of its own for matrices that replace a part of a layer, and reads none that are published."""
    names = ("replace_with_linear", "window_length", "num_sink_tokens")
    parts = (block[part] for block in config["block_configs"] for part in ("attention", "ffn"))
    return not any(part.get(name) for part in parts for name in names)


DECI = Architecture(
    name="Nemotron NAS",
    model_types=("nemotron-nas",),
    gguf="deci",
    sources=("src/models/deci.cpp", "conversion/deci.py", "mlx_lm/models/nemotron-nas.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    defaults={  # mlx-lm models/nemotron-nas.py, ModelArgs
        **lengths(layers=80, hidden=8192, heads=64),
        **common(context=131072, epsilon=1e-5, theta=500000.0),
        "original_max_position_embeddings": LLAMA3_CONTEXT,  # transformers does not know the type, and fills in nothing
    },
    parts=(
        ends(),
        norms(names={"input_layernorm": "attn_norm"}, layers=WITH_ATTENTION),
        norms(names={"post_attention_layernorm": "ffn_norm"}, layers=WITH_FORWARD),
        turned_attention("qkvo", WITH_ATTENTION),
        mlp(layers=WITH_FORWARD, bias=None),
        rope("llama3"),
    ),
    metadata=(
        *rows.FIRST,
        u32(Keys.LLM.FEED_FORWARD_LENGTH, value=lambda c: [_width(c, i) for i in range(c["num_hidden_layers"])]),
        rows.only_in(WITH_ATTENTION, Keys.Attention.HEAD_COUNT, "num_attention_heads"),
        u32(Keys.Attention.HEAD_COUNT_KV, value=lambda c: [_groups(c, i) for i in range(c["num_hidden_layers"])]),
        rows.ROPE_BASE,
        rows.RMS_EPSILON,
        u32(Keys.Attention.KEY_LENGTH, value=_head),
        u32(Keys.Attention.VALUE_LENGTH, value=_head),
        VOCAB_SIZE,
        u32(Keys.Rope.DIMENSION_COUNT, value=_head),
    ),
    requirements=(
        SILU,
        even_heads(),
        Requirement(
            "block_configs", text("layers with attention or a feed-forward network of the usual kind"), _is_plain
        ),
        Requirement(
            "block_configs",
            text(
                "one entry for each layer, a first layer with attention, a last one with a feed-forward network, "
                "and none with attention alone"
            ),
            _blocks_fit,
        ),
    ),
    sizes=_sizes,
)
