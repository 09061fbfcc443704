"""Llama and its look-alikes. GGUF orders rotary pairs differently, so that rows of Q and K move."""

from app.core.architectures.vocabulary import *

DEFAULTS = {  # transformers models/llama/configuration_llama.py, LlamaConfig
    "num_key_value_heads": query_heads,
    "head_dim": even_head,
    **common(context=2048, theta=10000.0),
}
TURNED = turned_attention("qkvo")
ROPE = rope("linear", "llama3", "yarn")
LAYERS = (decoder(), norms(), TURNED, mlp(bias=None))
MOE = LAYER + "block_sparse_moe"

LLAMA = Architecture(
    name="Llama",
    model_types=("llama",),
    gguf="llama",
    # llama.cpp conversion/llama.py: CodeLlama, where it ends an infill
    vocabularies={"llama": KnownVocabulary(ids={32016: {"eot": 32010}})},
    sources=("src/models/llama.cpp", "conversion/llama.py", "mlx_lm/models/llama.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True, unties_as_published=True),  # LlamaConfig
    defaults=DEFAULTS,
    parts=(*LAYERS, ROPE),
    metadata=(VOCAB_SIZE, rows.WHOLE_HEADS),
    requirements=(SILU, FULL_ATTENTION_ONLY, HALVES),
)

MISTRAL = replace(
    LLAMA,
    name="Mistral",
    model_types=("mistral",),
    # transformers models/mistral/configuration_mistral.py, MistralConfig
    defaults={**DEFAULTS, "num_key_value_heads": 8, "max_position_embeddings": 131072},
)

MIXTRAL = replace(
    LLAMA,
    name="Mixtral",
    model_types=("mixtral",),
    sources=("src/models/llama.cpp", "conversion/llama.py", "mlx_lm/models/mixtral.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    defaults={  # transformers models/mixtral/configuration_mixtral.py, MixtralConfig
        **lengths(layers=32, hidden=4096, intermediate=14336, heads=32, kv_heads=8),
        **common(context=131072, epsilon=1e-5, theta=1e6),
        **moe.numbers(used=2, num_local_experts=8),
    },
    parts=(decoder(), norms(), TURNED, moe.router(at=MOE), moe.experts(MOE, moe.W123), ROPE),
    requirements=(*LLAMA.requirements, MLX_DOES_NOT_SCALE),
    sizes=moe.expert_size("intermediate_size"),
)
