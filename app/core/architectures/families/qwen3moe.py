"""Qwen 3 MoE and the text part of Qwen 3-VL MoE: experts in every layer, their weights normalized."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import U32, ConfigRow
from app.core.architectures.decoder import LAYER, PROJECTIONS, decoder_sizes, embedding_norm_head, experts
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.families.qwen2 import ACTIVATION, CAUSAL, NORMS, SCALING
from app.core.architectures.families.qwen2moe import EVERY_LAYER, ROUTER
from app.core.architectures.families.qwen3 import ATTENTION, DEEPSTACK, VISION_ROWS
from app.core.architectures.requirements import MLX_DOES_NOT_SCALE, NO_OUTPUT_BIAS, Requirement, never
from app.core.architectures.vision import VISION_DROPPED
from app.core.checkpoint.wrappers import WRAPPERS
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

AT = LAYER + "mlp"

# transformers models/qwen3_moe/configuration_qwen3_moe.py, Qwen3MoeConfig; head_dim: mlx-lm models/qwen3_moe.py
DEFAULTS = {
    "head_dim": lambda config: config["hidden_size"] // config["num_attention_heads"],
}
NORMALIZED = Requirement(
    "norm_topk_prob", text("expert weights that are normalized"), lambda config: config["norm_topk_prob"] is True
)


def packed_experts() -> tuple[TensorRule, ...]:
    """Experts that are published in two tensors, gate and up in one; mlx-lm takes them apart when it saves."""
    names = {"gate_proj": "gate_up_proj", "up_proj": "gate_up_proj", "down_proj": "down_proj"}
    return tuple(
        TensorRule(
            f"{AT}.experts.{names[name]}",
            ("experts", *shape),
            saved=f"{AT}.switch_mlp.{name}.weight",
            mapped=f"{AT}.experts.{name}.weight",
        )
        for name, shape in PROJECTIONS.items()
    )


QWEN3_MOE = Architecture(
    name="Qwen 3 MoE",
    model_types=("qwen3_moe",),
    gguf="qwen3moe",
    vocabularies={"qwen3_moe": KnownVocabulary(pre_tokenizer="qwen2")},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/qwen3moe.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/qwen3_moe.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,  # transformers Qwen3MoeConfig
    defaults=DEFAULTS,
    tensors=(*embedding_norm_head(), *NORMS, *ATTENTION, ROUTER, *experts()),
    metadata=(
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
    ),
    requirements=(
        ACTIVATION,
        CAUSAL,
        SCALING,
        MLX_DOES_NOT_SCALE,
        NO_OUTPUT_BIAS,
        *EVERY_LAYER,
        never("use_sliding_window", text("attention to all tokens")),
        NORMALIZED,
    ),
    sizes=decoder_sizes,
)

QWEN3_VL_MOE = replace(
    QWEN3_MOE,
    name="Qwen 3-VL MoE",
    model_types=("qwen3_vl_moe",),
    gguf="qwen3vlmoe",
    head_source="llama.cpp src/models/qwen3vlmoe.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head_source="mlx-lm models/qwen3_vl_moe.py: the text model is qwen3_moe's; a tied one does not load",
    prefixes=WRAPPERS,
    dropped=VISION_DROPPED,
    tensors=(*embedding_norm_head(), *NORMS, *ATTENTION, ROUTER, *packed_experts()),
    metadata=(*QWEN3_MOE.metadata, *VISION_ROWS),
    requirements=(*QWEN3_MOE.requirements, *DEEPSTACK),
    converts_huggingface=False,  # published are the experts' matrices transposed
)

FAMILIES = (QWEN3_MOE, QWEN3_VL_MOE)
