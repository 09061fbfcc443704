"""DeepSeek MoE, the first one: attention as in Llama, shared experts beside the others."""

from gguf import Keys, RopeScalingType

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, STRING, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    experts,
    head_size,
    mlp,
    rotary_rows,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, never, one_of, rope_scaling
from app.core.text import text

# configuration_deepseek.py beside the published models, DeepseekConfig
DEFAULTS = {
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "moe_intermediate_size": 1407,
    "num_hidden_layers": 30,
    "num_attention_heads": 32,
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "first_k_dense_replace": 0,
    "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
}


def _sizes(config: Config, layer: int) -> dict[str, int]:
    sizes = decoder_sizes(config, layer)
    return {**sizes, "shared_intermediate": config["n_shared_experts"] * config["moe_intermediate_size"]}


def _has_experts(config: Config, layer: int) -> bool:
    return bool(layer >= config["first_k_dense_replace"])


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


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
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        *without_biases(attention(q=rotary_rows("heads"), k=rotary_rows("kv_heads")), "o_proj"),
        *without_biases(mlp(layers=_is_dense)),
        TensorRule(LAYER + "mlp.gate.weight", ("experts", "hidden"), layers=_has_experts),
        *experts(layers=_has_experts),
        *without_biases(mlp(LAYER + "mlp.shared_experts", "shared_intermediate", layers=_has_experts)),
    ),
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
    requirements=(  # llama.cpp src/models/deepseek.cpp
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        rope_scaling(),
        one_of("scoring_func", "softmax"),
        never("norm_topk_prob", text("experts' weights as they are")),
        one_of("moe_layer_freq", 1),
        Requirement("n_shared_experts", text("shared experts"), lambda c: bool(setting(c, "n_shared_experts"))),
        Requirement("n_routed_experts", text("a mixture of experts"), lambda c: bool(setting(c, "n_routed_experts"))),
        Requirement(
            "head_dim",
            text("hidden_size / heads"),
            lambda c: head_size(c) * c["num_attention_heads"] == c["hidden_size"],
        ),
    ),
    sizes=_sizes,
)

FAMILIES = (DEEPSEEK,)
