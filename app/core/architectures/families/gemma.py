"""Gemma 1. Norms are stored zero-centred and GGUF holds them with 1 added: llama.cpp conversion/gemma.py."""

from app.core.architectures.vocabulary import *

GEMMA = Architecture(
    name="Gemma",
    model_types=("gemma",),
    gguf="gemma",
    vocabularies={"gemma": KnownVocabulary(roles={"eot": "<end_of_turn>"})},  # llama.cpp conversion/gemma.py
    sources=("src/models/gemma.cpp", "conversion/gemma.py", "mlx_lm/models/gemma.py"),
    head=HeadFacts(Head.NEVER, MlxHead.NEVER, ties=True),
    # transformers models/gemma/configuration_gemma.py, GemmaConfig
    defaults=common(context=8192, theta=10000.0),
    parts=(gemma.early_decoder(), norms(PLUS_ONE), attention("qkv"), mlp()),
    requirements=(
        # "gelu" is a legacy name of the tanh form: configuration_gemma.py
        one_of("hidden_act", "gelu", "gelu_pytorch_tanh"),
        one_of("hidden_activation", "gelu", "gelu_pytorch_tanh"),
        HALVES,
    ),
)
