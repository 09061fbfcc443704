"""Gemma 3 text models. Norms are stored zero-centred: MLX and transformers add 1 when they run, GGUF holds the sum."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead
from app.core.architectures.attention_scale import AttentionScale
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
from app.core.architectures.ops import AddConstant, on_values
from app.core.architectures.requirements import (
    NO_OUTPUT_BIAS,
    full_attention_every,
    never,
    one_of,
    rope_scaling,
)
from app.core.architectures.vision import VISION_DROPPED
from app.core.checkpoint.wrappers import WRAPPERS
from app.core.text import text

PLUS_ONE = on_values(AddConstant(1.0))  # llama.cpp conversion/gemma.py, norm_shift
PATTERN = 6  # every sixth layer sees everything; llama.cpp src/models/gemma3.cpp, load_swa_pattern
SCALE = AttentionScale(layers_of_27b=62)  # same file

# Values that config.json may leave out: transformers models/gemma3/configuration_gemma3.py, Gemma3TextConfig.
DEFAULTS = {
    "num_hidden_layers": 26,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "hidden_size": 2304,
    "intermediate_size": 9216,
    "max_position_embeddings": 131072,
    "rms_norm_eps": 1e-6,
    "sliding_window": 4096,
    "rope_theta": 1e6,
    "rope_local_base_freq": 1e4,
    "query_pre_attn_scalar": 256,
}


GEMMA3 = Architecture(
    name="Gemma 3",
    model_types=("gemma3_text", "gemma3"),
    gguf="gemma3",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/gemma3.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/gemma3_text.py: sanitize() ties when lm_head.weight is missing",
    ties_by_default=True,  # transformers Gemma3TextConfig: tie_word_embeddings=True
    defaults=DEFAULTS,
    prefixes=WRAPPERS,
    dropped=VISION_DROPPED,
    tensors=(
        *embedding_norm_head(PLUS_ONE),
        *(
            vector(LAYER + name, change=PLUS_ONE)
            for name in (
                "input_layernorm",
                "post_attention_layernorm",
                "pre_feedforward_layernorm",
                "post_feedforward_layernorm",
            )
        ),
        *without_biases(attention(), "o_proj"),
        vector(LAYER + "self_attn.q_norm", "head", PLUS_ONE),
        vector(LAYER + "self_attn.k_norm", "head", lambda layer: SCALE.after(PLUS_ONE, layer)),
        *without_biases(mlp()),
    ),
    metadata=(
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.FINAL_LOGIT_SOFTCAPPING, F32, ("final_logit_softcapping",)),
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",)),
    ),
    requirements=(
        SCALE.requirement,
        one_of("hidden_activation", "gelu_pytorch_tanh"),
        NO_OUTPUT_BIAS,
        never("use_bidirectional_attention", text("causal attention")),
        never("attn_logit_softcapping", text("attention without soft-capping")),
        rope_scaling("linear"),
        *full_attention_every(PATTERN),
    ),
    sizes=decoder_sizes,
)

FAMILIES = (GEMMA3,)
