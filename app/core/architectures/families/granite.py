"""Granite and Granite MoE: Llama's layers with multipliers on embedding, attention, residuals and logits."""

from app.core.architectures.vocabulary import *

GRANITE = Architecture(
    name="Granite",
    model_types=("granite",),
    gguf="granite",
    sources=("src/models/granite.cpp", "conversion/granite.py", "mlx_lm/models/granite.py"),
    # transformers GraniteConfig, GraniteMoeConfig
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True, unties_as_published=True),
    # transformers models/granite/configuration_granite.py, GraniteConfig
    defaults={"num_key_value_heads": query_heads},
    parts=(*granite.WITH_ROPE, mlp(bias=None)),
    metadata=granite.METADATA,
    requirements=(SILU, even_heads()),
)

GRANITE_MOE = replace(
    GRANITE,
    name="Granite MoE",
    model_types=("granitemoe",),
    gguf="granitemoe",
    sources=("src/models/granite-moe.cpp", "conversion/granite.py", "mlx_lm/models/granitemoe.py"),
    parts=(*granite.WITH_ROPE, granite.experts()),
)
