"""Qwen 3 MoE and the text part of Qwen 3-VL MoE: experts in every layer, their weights normalized."""

from app.core.architectures.families.qwen3 import DEEPSTACK, VISION_ROWS
from app.core.architectures.vocabulary import *

LAYERS = (decoder(), norms(), attention(), head_norms(), moe.router())

QWEN3_MOE = Architecture(
    name="Qwen 3 MoE",
    model_types=("qwen3_moe",),
    gguf="qwen3moe",
    vocabularies={"qwen3_moe": KnownVocabulary(pre_tokenizer="qwen2")},
    sources=("src/models/qwen3moe.cpp", "conversion/qwen.py", "mlx_lm/models/qwen3_moe.py"),
    # transformers models/qwen3_moe/configuration_qwen3_moe.py, Qwen3MoeConfig
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    defaults={"head_dim": even_head},  # mlx-lm
    parts=(*LAYERS, moe.experts(), rope("linear", "yarn")),
    metadata=(moe.EXPERT_LENGTH,),
    requirements=(
        SILU,
        CAUSAL,
        MLX_DOES_NOT_SCALE,
        NO_OUTPUT_BIAS,
        *moe.EVERY_LAYER,
        windows.NEVER,
        moe.NORMALIZED_ONLY,
    ),
)

QWEN3_VL_MOE = replace(
    QWEN3_MOE,
    name="Qwen 3-VL MoE",
    model_types=("qwen3_vl_moe", "qwen3_vl_moe_text"),
    gguf="qwen3vlmoe",
    # the text model is qwen3_moe's; a tied one does not load
    sources=("src/models/qwen3vlmoe.cpp", "conversion/qwen3vl.py", "mlx_lm/models/qwen3_vl_moe.py"),
    parts=(*LAYERS, moe.packed_experts(), rope("linear", "yarn")),
    metadata=(*QWEN3_MOE.metadata, *VISION_ROWS),
    requirements=(*QWEN3_MOE.requirements, *DEEPSTACK),
    converts_huggingface=False,  # published are the experts' matrices transposed
)
