"""StableLM: norms with biases, a part of each head rotated, the larger models with norms of queries and keys."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    OnLayer,
    attention,
    decoder_sizes,
    embedding_norm_head,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import unusual_rope_base
from app.core.architectures.requirements import never, one_of, rope_scaling
from app.core.text import text

AT = LAYER + "self_attn"

# transformers models/stablelm/configuration_stablelm.py, StableLmConfig
DEFAULTS = {
    "max_position_embeddings": 4096,
    "use_parallel_residual": False,
    "qk_layernorm": False,
}


def _with_bias(name: str, layers: OnLayer = None) -> tuple[TensorRule, TensorRule]:
    return vector(name, layers=layers), TensorRule(f"{name}.bias", ("hidden",), layers=layers)


def _is_serial(config: Config, _layer: int) -> bool:
    return not config["use_parallel_residual"]


def _has_norms(config: Config, _layer: int) -> bool:
    return bool(config["qk_layernorm"])


def _head_norms(name: str, count: str) -> TensorRule:
    """One norm for each head, in the folder as well."""
    return TensorRule(
        f"{AT}.{name}.norms.{{}}.weight", (count, "head"), mapped=f"{AT}.{name}.weight", layers=_has_norms
    )


STABLELM = Architecture(
    name="StableLM",
    model_types=("stablelm",),
    gguf="stablelm",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/stablelm.cpp: output is required",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/stablelm.py: always has a head",
    ties_by_default=False,  # transformers StableLmConfig
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        TensorRule("model.norm.bias", ("hidden",)),
        *_with_bias(LAYER + "input_layernorm"),
        *_with_bias(LAYER + "post_attention_layernorm", _is_serial),
        *without_biases(attention(), "o_proj"),
        _head_norms("q_layernorm", "heads"),
        _head_norms("k_layernorm", "kv_heads"),
        *without_biases(mlp()),
    ),
    metadata=(  # llama.cpp conversion/stablelm.py, set_gguf_parameters
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("num_hidden_layers",)),
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("max_position_embeddings",)),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("hidden_size",)),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, ("intermediate_size",)),
        ConfigRow(
            Keys.Rope.DIMENSION_COUNT,
            U32,
            value=lambda c: int(
                setting(c, "partial_rotary_factor", "rope_pct") * (c["hidden_size"] // c["num_attention_heads"])
            ),
        ),
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("num_attention_heads",)),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, ("num_key_value_heads",)),
        ConfigRow(Keys.LLM.USE_PARALLEL_RESIDUAL, BOOL, ("use_parallel_residual",)),
        ConfigRow(Keys.Attention.LAYERNORM_EPS, F32, ("layer_norm_eps", "norm_eps")),
        unusual_rope_base(),
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        rope_scaling(),
        never("tie_word_embeddings", text("a head of its own")),
    ),
    sizes=decoder_sizes,
)

FAMILIES = (STABLELM,)
