"""Seed-OSS: like Llama with biases on Q, K and V only; rows stay where they are."""

from app.core.architectures.architecture import Architecture, Head, MlxHead
from app.core.architectures.decoder import LAYER, decoder_sizes, embedding_norm_head, mlp, vector, without_biases
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.families.qwen2 import ATTENTION
from app.core.architectures.requirements import never, one_of, rope_scaling
from app.core.text import text

# transformers models/seed_oss/configuration_seed_oss.py, SeedOssConfig
DEFAULTS = {
    "max_position_embeddings": 524288,
    "rope_theta": 10000.0,
    "attention_bias": True,
}

SEED_OSS = Architecture(
    name="Seed-OSS",
    model_types=("seed_oss",),
    gguf="seed_oss",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/seed-oss.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/seed_oss.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=True,
    unties_as_published=True,  # transformers SeedOssConfig
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        *ATTENTION,
        *without_biases(mlp()),
    ),
    metadata=DECODER_METADATA,
    requirements=(  # llama.cpp src/models/seed-oss.cpp
        one_of("hidden_act", "silu"),
        never("attention_out_bias", text("an output projection without bias")),
        never("mlp_bias", text("feed-forward networks without biases")),
        rope_scaling("linear", "yarn"),
    ),
    sizes=decoder_sizes,
)

FAMILIES = (SEED_OSS,)
