"""Qwen 1.5 and 2 MoE: experts in every layer, and one that all tokens share, behind a gate of its own."""

from app.core.architectures.vocabulary import *

QWEN2_MOE = Architecture(
    name="Qwen 2 MoE",
    model_types=("qwen2_moe",),
    gguf="qwen2moe",
    vocabularies={"qwen2_moe": KnownVocabulary(pre_tokenizer="qwen2")},
    sources=("src/models/qwen2moe.cpp", "conversion/qwen.py", "mlx_lm/models/qwen2_moe.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.PRESENCE),
    defaults={  # transformers models/qwen2_moe/configuration_qwen2_moe.py, Qwen2MoeConfig
        "num_key_value_heads": query_heads,
        **common(context=32768, theta=10000.0),
    },
    parts=(
        decoder(),
        norms(),
        attention("qkv"),
        moe.router(),
        moe.experts(),
        moe.gated_shared_expert(),
        rope("linear", "yarn"),
    ),
    metadata=(moe.EXPERT_LENGTH, moe.SHARED_LENGTH),
    requirements=(
        SILU,
        CAUSAL,
        HALVES,
        FULL_ATTENTION_ONLY,
        even_heads(),
        *moe.EVERY_LAYER,
        windows.NEVER,
        never("norm_topk_prob", text("expert weights that are not normalized")),
    ),
)
