"""Qwen 3.5 and 3.6 MoE (text part): Qwen 3.5 with experts in every layer, one of them shared by all tokens."""

from app.core.architectures.families.qwen35 import MIXERS, QWEN35
from app.core.architectures.vocabulary import *

MODEL_TYPES = ("qwen3_5_moe", "qwen3_5_moe_text")

QWEN35_MOE = replace(
    QWEN35,
    name="Qwen 3.5 MoE",
    model_types=MODEL_TYPES,
    gguf="qwen35moe",
    vocabularies=dict.fromkeys(MODEL_TYPES, KnownVocabulary(pre_tokenizer="qwen35")),
    sources=("src/models/qwen35moe.cpp", "conversion/qwen.py", "mlx_lm/models/qwen3_5_moe.py"),
    defaults={  # transformers models/qwen3_5_moe/configuration_qwen3_5_moe.py, Qwen3_5MoeTextConfig
        **{name: value for name, value in QWEN35.defaults.items() if name != "intermediate_size"},
        "hidden_size": 2048,
        "num_hidden_layers": 40,
        "num_key_value_heads": 2,
        **moe.numbers(width=512, used=8, shared_expert_intermediate_size=512, num_experts=256),
        "norm_topk_prob": True,
    },
    parts=(*MIXERS, moe.router(), moe.packed_experts(), moe.gated_shared_expert(), rope("linear", "yarn")),
    metadata=(moe.EXPERT_LENGTH, moe.SHARED_LENGTH, *QWEN35.metadata),
    requirements=(*QWEN35.requirements, one_of("norm_topk_prob", True), *moe.EVERY_LAYER),
)
