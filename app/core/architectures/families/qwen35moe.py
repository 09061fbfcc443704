"""Qwen 3.5 and 3.6 MoE (text part): Qwen 3.5 with experts in every layer, one of them shared by all tokens."""

from dataclasses import replace

from app.core.architectures.families.qwen2moe import EVERY_LAYER, EXPERT_METADATA, ROUTER, SHARED_EXPERTS
from app.core.architectures.families.qwen3moe import packed_experts
from app.core.architectures.families.qwen3next import NORMALIZED, expert_sizes
from app.core.architectures.families.qwen35 import DEFAULTS as LINEAR_DEFAULTS
from app.core.architectures.families.qwen35 import (
    ENDS,
    FULL_ATTENTION,
    LINEAR_ATTENTION,
    NORMS,
    QWEN35,
)
from app.core.known_vocabulary import KnownVocabulary

# transformers models/qwen3_5_moe/configuration_qwen3_5_moe.py, Qwen3_5MoeTextConfig
DEFAULTS = {
    **{name: value for name, value in LINEAR_DEFAULTS.items() if name != "intermediate_size"},
    "hidden_size": 2048,
    "num_hidden_layers": 40,
    "num_key_value_heads": 2,
    "moe_intermediate_size": 512,
    "shared_expert_intermediate_size": 512,
    "num_experts_per_tok": 8,
    "num_experts": 256,
    "norm_topk_prob": True,
}
SHARED = tuple(rule for rule in SHARED_EXPERTS if ".shared_expert" in rule.name)

QWEN35_MOE = replace(
    QWEN35,
    name="Qwen 3.5 MoE",
    model_types=("qwen3_5_moe",),
    gguf="qwen35moe",
    vocabularies={"qwen3_5_moe": KnownVocabulary(pre_tokenizer="qwen35")},
    head_source="llama.cpp src/models/qwen35moe.cpp: output is TENSOR_NOT_REQUIRED",
    defaults=DEFAULTS,
    tensors=(*ENDS, *NORMS, *LINEAR_ATTENTION, *FULL_ATTENTION, ROUTER, *packed_experts(), *SHARED),
    metadata=(*EXPERT_METADATA, *QWEN35.metadata),
    requirements=(*QWEN35.requirements, NORMALIZED, *EVERY_LAYER),
    sizes=expert_sizes,
    converts_huggingface=False,  # published are the experts' gate and up as one tensor
)

FAMILIES = (QWEN35_MOE,)
