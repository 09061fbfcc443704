"""XVERSE: Llama's network in a GGUF graph of its own; as many keys as queries."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Head
from app.core.architectures.config_rows import STRING, U32, ConfigRow, setting
from app.core.architectures.decoder import embedding_norm_head, mlp, without_biases
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.families.llama import LLAMA, NORMS, ROTARY_ATTENTION
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, never, one_of, rope_scaling
from app.core.text import text

# xverse/XVERSE-7B configuration_xverse.py, XverseConfig
DEFAULTS = {
    "max_position_embeddings": 8192,
}

XVERSE = replace(
    LLAMA,
    name="XVERSE",
    model_types=("xverse",),
    gguf="xverse",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/xverse.cpp: output is required",
    defaults=DEFAULTS,
    tensors=(*embedding_norm_head(), *NORMS, *without_biases((*ROTARY_ATTENTION, *mlp()))),
    metadata=(  # llama.cpp conversion/xverse.py
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.TENSOR_DATA_LAYOUT, STRING, value=lambda _: "Meta AI original pth"),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=lambda c: c["hidden_size"] // c["num_attention_heads"]),
    ),
    computed=(),
    requirements=(
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        never("mlp_bias", text("feed-forward networks without biases")),
        rope_scaling("linear", "yarn"),
        Requirement(
            "num_key_value_heads",
            text("as many KV heads as query heads"),
            lambda c: setting(c, "num_key_value_heads") in (None, c["num_attention_heads"]),
        ),
        Requirement(
            "head_dim",
            text("heads that share hidden_size evenly"),
            lambda c: setting(c, "head_dim") in (None, c["hidden_size"] // c["num_attention_heads"]),
        ),
    ),
)

FAMILIES = (XVERSE,)
