"""Gemma 1. Norms are stored zero-centred and GGUF holds them with 1 added."""

from app.core.architectures.architecture import Architecture, Head, MlxHead
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA, unusual_rope_base
from app.core.architectures.ops import AddConstant, on_values
from app.core.architectures.requirements import NO_OUTPUT_BIAS, never, one_of, rope_scaling
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

PLUS_ONE = on_values(AddConstant(1.0))  # llama.cpp conversion/gemma.py, GemmaModel.modify_tensors

# transformers models/gemma/configuration_gemma.py, GemmaConfig
DEFAULTS = {
    "max_position_embeddings": 8192,
    "rope_theta": 10000.0,
}

# llama.cpp conversion/gemma.py, GemmaModel and Gemma2Model, write none of rope's keys
METADATA = (*(row for row in DECODER_METADATA if "rope." not in row.key), unusual_rope_base())

# llama.cpp's graphs have no place for other values of these
REQUIREMENTS = (
    NO_OUTPUT_BIAS,
    never("use_bidirectional_attention", text("causal attention")),
    rope_scaling(),
)

GEMMA = Architecture(
    name="Gemma",
    model_types=("gemma",),
    gguf="gemma",
    vocabularies={"gemma": KnownVocabulary(roles={"eot": "<end_of_turn>"})},  # llama.cpp conversion/gemma.py
    head=Head.NEVER,
    head_source="llama.cpp src/models/gemma.cpp: output is token_embd",
    mlx_head=MlxHead.NEVER,
    mlx_head_source="mlx-lm models/gemma.py: no lm_head",
    ties_by_default=True,  # transformers GemmaConfig
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(PLUS_ONE),
        vector(LAYER + "input_layernorm", change=PLUS_ONE),
        vector(LAYER + "post_attention_layernorm", change=PLUS_ONE),
        *without_biases(attention(), "o_proj"),
        *without_biases(mlp()),
    ),
    metadata=METADATA,
    requirements=(
        # "gelu" is a legacy name of the tanh form: configuration_gemma.py
        one_of("hidden_act", "gelu", "gelu_pytorch_tanh"),
        one_of("hidden_activation", "gelu", "gelu_pytorch_tanh"),
        *REQUIREMENTS,
    ),
    sizes=decoder_sizes,
)

FAMILIES = (GEMMA,)
