"""Command R7B: three layers with a sliding window, then one that sees everything and knows no positions."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead
from app.core.architectures.config_rows import F32, U32, ConfigRow
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.families.command_r import EVEN_HEADS, NO_SCALING
from app.core.architectures.requirements import (
    NO_OUTPUT_BIAS,
    full_attention_every,
    never,
    one_of,
    rope_scaling,
)
from app.core.text import text

PERIOD = 4  # llama.cpp src/models/cohere2.cpp, load_swa_pattern

# transformers models/cohere2/configuration_cohere2.py, Cohere2Config
DEFAULTS = {
    "hidden_size": 8192,
    "intermediate_size": 22528,
    "logit_scale": 0.0625,
    "num_hidden_layers": 40,
    "num_attention_heads": 64,
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "head_dim": lambda config: config["hidden_size"] // config["num_attention_heads"],
    "max_position_embeddings": 8192,
    "layer_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "rotary_pct": 1.0,
    "sliding_window": 4096,
}


COHERE2 = Architecture(
    name="Cohere 2",
    model_types=("cohere2",),
    gguf="cohere2",
    head=Head.NEVER,
    head_source="llama.cpp src/models/cohere2.cpp: output is the embedding",
    mlx_head=MlxHead.NEVER,
    mlx_head_source="mlx-lm models/cohere2.py: the output is computed with embed_tokens",
    ties_by_default=True,  # transformers Cohere2Config
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        *without_biases(attention(), "o_proj"),
        *without_biases(mlp()),
    ),
    metadata=(
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.LOGIT_SCALE, F32, ("logit_scale",)),
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",)),
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(
            Keys.Rope.DIMENSION_COUNT, U32, ("rotary_pct",), value=lambda c: int(c["rotary_pct"] * c["head_dim"])
        ),
        NO_SCALING,
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        never("use_qk_norm", text("attention without norms")),
        rope_scaling(),
        EVEN_HEADS,
        *full_attention_every(PERIOD),
    ),
    sizes=decoder_sizes,
)

FAMILIES = (COHERE2,)
