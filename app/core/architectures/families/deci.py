"""Nemotron NAS (DeciLM): Llama with another number of key heads and another width in every layer, or none at all."""

from collections.abc import Mapping
from typing import Any

from gguf import Keys

from app.core.architectures.architecture import Architecture, ComputedTensor, Head, MlxHead
from app.core.architectures.config_rows import F32, U32, Config, ConfigRow
from app.core.architectures.decoder import LAYER, attention, embedding_norm_head, mlp, rotary_rows, vector
from app.core.architectures.requirements import Requirement, one_of, rope_scaling
from app.core.architectures.rope_factors import LLAMA3_CONTEXT, llama3_factors
from app.core.text import text

WIDTH_STEP = 256  # llama.cpp conversion/deci.py and mlx-lm models/nemotron-nas.py: widths are multiples of it

# mlx-lm models/nemotron-nas.py, ModelArgs
DEFAULTS = {
    "hidden_size": 8192,
    "num_hidden_layers": 80,
    "num_attention_heads": 64,
    "max_position_embeddings": 131072,
    "rms_norm_eps": 1e-5,
    "rope_theta": 500000.0,
    "original_max_position_embeddings": LLAMA3_CONTEXT,  # transformers does not know the type, and fills in nothing
}


def _block(config: Config, layer: int, part: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = config["block_configs"][layer][part]
    return found


def _has(config: Config, layer: int, part: str) -> bool:
    block = _block(config, layer, part)
    return not block.get("no_op") and not block.get("replace_with_linear")


def _has_attention(config: Config, layer: int) -> bool:
    return _has(config, layer, "attention")


def _has_feed_forward(config: Config, layer: int) -> bool:
    return _has(config, layer, "ffn")


def _head(config: Config) -> int:
    return int(config["hidden_size"]) // int(config["num_attention_heads"])


def _groups(config: Config, layer: int) -> int:
    in_group = _block(config, layer, "attention").get("n_heads_in_group")
    return int(config["num_attention_heads"]) // in_group if in_group and _has_attention(config, layer) else 0


def _width(config: Config, layer: int) -> int:
    multiple = _block(config, layer, "ffn").get("ffn_mult") if _has_feed_forward(config, layer) else None
    width = int(2 * (multiple or 0) * config["hidden_size"] / 3)
    return -(-width // WIDTH_STEP) * WIDTH_STEP


def _sizes(config: Config, layer: int) -> dict[str, int]:
    head, heads, kv_heads = _head(config), config["num_attention_heads"], _groups(config, layer)
    return {
        "hidden": config["hidden_size"],
        "intermediate": _width(config, layer),
        "head": head,
        "heads": heads,
        "kv_heads": kv_heads,
        "q_dim": head * heads,
        "kv_dim": head * kv_heads,
    }


def _layers(config: Config) -> range:
    return range(config["num_hidden_layers"])


def _blocks_fit(config: Config) -> bool:
    """In llama.cpp's graph a layer without a feed-forward network passes on what came in, whatever its attention says.

    The size of heads is that of the first layer, and the last one chooses the tokens that are answered.
    """
    layers = _layers(config)
    if len(config["block_configs"]) != len(layers) or not _has_attention(config, 0):
        return False
    return _has_feed_forward(config, layers[-1]) and not any(
        _has_attention(config, layer) and not _has_feed_forward(config, layer) for layer in layers
    )


def _is_plain(config: Config) -> bool:
    """mlx-lm has names of its own for matrices that replace a part of a layer, and reads none that are published."""
    names = ("replace_with_linear", "window_length", "num_sink_tokens")
    parts = (block[part] for block in config["block_configs"] for part in ("attention", "ffn"))
    return not any(part.get(name) for part in parts for name in names)


DECI = Architecture(
    name="Nemotron NAS",
    model_types=("nemotron-nas",),
    gguf="deci",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/deci.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/nemotron-nas.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm", layers=_has_attention),
        vector(LAYER + "post_attention_layernorm", layers=_has_feed_forward),
        *attention(q=rotary_rows("heads"), k=rotary_rows("kv_heads"), layers=_has_attention),
        *mlp(layers=_has_feed_forward),
    ),
    metadata=(  # llama.cpp conversion/deci.py, set_gguf_parameters
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("num_hidden_layers",)),
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("max_position_embeddings",)),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("hidden_size",)),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, value=lambda c: [_width(c, layer) for layer in _layers(c)]),
        ConfigRow(
            Keys.Attention.HEAD_COUNT,
            U32,
            value=lambda c: [c["num_attention_heads"] if _has_attention(c, layer) else 0 for layer in _layers(c)],
        ),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, value=lambda c: [_groups(c, layer) for layer in _layers(c)]),
        ConfigRow(Keys.Rope.FREQ_BASE, F32, ("rope_theta",)),
        ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, ("rms_norm_eps",)),
        ConfigRow(Keys.Attention.KEY_LENGTH, U32, value=_head),
        ConfigRow(Keys.Attention.VALUE_LENGTH, U32, value=_head),
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=_head),
    ),
    computed=(ComputedTensor("rope_freqs.weight", llama3_factors),),
    requirements=(  # llama.cpp src/models/deci.cpp
        one_of("hidden_act", "silu"),
        rope_scaling("llama3"),
        Requirement("head_dim", text("heads that fill hidden_size"), lambda c: c.get("head_dim") in (None, _head(c))),
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

FAMILIES = (DECI,)
