"""DeepSeek MoE (the first one): Llama's attention, shared experts beside the chosen ones."""

from gguf import Keys, RopeScalingType

from app.core.architectures.architecture import Architecture, Head, MlxHead
from app.core.architectures.config_rows import F32, STRING, U32, ConfigRow
from app.core.architectures.decoder import ends, head_size
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.families.deepseek2 import FEED_FORWARD
from app.core.architectures.families.glm4_moe import sizes_with_shared
from app.core.architectures.families.llama import NORMS, ROTARY_ATTENTION
from app.core.architectures.requirements import Requirement, never, one_of, rope_scaling

# deepseek-ai/deepseek-moe-16b-base, configuration_deepseek.py
DEFAULTS = {
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "moe_intermediate_size": 1407,
    "num_hidden_layers": 30,
    "num_attention_heads": 32,
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "first_k_dense_replace": 0,
    "moe_layer_freq": 1,
    "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
}

DEEPSEEK = Architecture(
    name="DeepSeek MoE",
    model_types=("deepseek",),
    gguf="deepseek",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/deepseek.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/deepseek.py: always has a head",
    ties_by_default=False,
    defaults=DEFAULTS,
    tensors=(*ends(), *NORMS, *ROTARY_ATTENTION, *FEED_FORWARD),
    metadata=(  # llama.cpp conversion/deepseek.py, DeepseekModel.set_gguf_parameters
        *DECODER_METADATA,
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=head_size),
        ConfigRow(Keys.Rope.SCALING_TYPE, STRING, value=lambda _: RopeScalingType.NONE.value),
        ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, ("first_k_dense_replace",)),
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, value=lambda _: 1.0),
        ConfigRow(Keys.LLM.EXPERT_SHARED_COUNT, U32, ("n_shared_experts",)),
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        one_of("scoring_func", "softmax"),
        one_of("moe_layer_freq", 1),
        never("norm_topk_prob", "the experts' weights as they are"),
        never("attention_bias", "attention without biases"),
        rope_scaling(),
        Requirement(
            "n_routed_experts",
            "experts, and shared ones",
            lambda c: bool(c.get("n_routed_experts") and c.get("n_shared_experts")),
        ),
    ),
    sizes=sizes_with_shared,
)

FAMILIES = (DEEPSEEK,)
