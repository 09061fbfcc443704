"""Qwen 1.5 and 2 MoE: experts in every layer, and one that all tokens share, behind a gate of its own."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import U32, Config, ConfigRow
from app.core.architectures.decoder import LAYER, decoder_sizes, embedding_norm_head, experts, mlp, without_biases
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.families.qwen2 import (
    ACTIVATION,
    ATTENTION,
    CAUSAL,
    HEAD,
    NORMS,
    SCALING,
)
from app.core.architectures.requirements import never, one_of
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

AT = LAYER + "mlp"

# transformers models/qwen2_moe/configuration_qwen2_moe.py, Qwen2MoeConfig
DEFAULTS = {
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "max_position_embeddings": 32768,
    "rope_theta": 10000.0,
}


def shared_sizes(config: Config, layer: int) -> dict[str, int]:
    """Sizes of every decoder, and the one row of the shared expert's gate."""
    return {**decoder_sizes(config, layer), "one": 1}


ROUTER = TensorRule(f"{AT}.gate.weight", ("experts", "hidden"))
SHARED_EXPERTS = (
    ROUTER,
    *experts(),
    *without_biases(mlp(f"{AT}.shared_expert", "shared_intermediate")),
    TensorRule(f"{AT}.shared_expert_gate.weight", ("one", "hidden")),
)
EVERY_LAYER = (  # llama.cpp's loader asks for experts in every layer
    one_of("decoder_sparse_step", 1),
    never("mlp_only_layers", text("experts in every layer")),
)
EXPERT_METADATA = (  # llama.cpp conversion/qwen.py, Qwen2MoeModel.set_gguf_parameters
    *DECODER_METADATA,
    ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
    ConfigRow(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, U32, ("shared_expert_intermediate_size",)),
)

QWEN2_MOE = Architecture(
    name="Qwen 2 MoE",
    model_types=("qwen2_moe",),
    gguf="qwen2moe",
    vocabularies={"qwen2_moe": KnownVocabulary(pre_tokenizer="qwen2")},
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/qwen2moe.cpp: output is required",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/qwen2_moe.py: always has a head",
    ties_by_default=False,  # transformers Qwen2MoeConfig
    defaults=DEFAULTS,
    tensors=(*embedding_norm_head(), *NORMS, *ATTENTION, *SHARED_EXPERTS),
    metadata=EXPERT_METADATA,
    requirements=(
        ACTIVATION,
        CAUSAL,
        SCALING,
        HEAD,
        *EVERY_LAYER,
        never("use_sliding_window", text("attention to all tokens")),
        never("norm_topk_prob", text("expert weights that are not normalized")),
    ),
    sizes=shared_sizes,
)

FAMILIES = (QWEN2_MOE,)
