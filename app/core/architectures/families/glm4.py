"""GLM 4 (0414): gate and up of the feed-forward network in one matrix, norms before and after each part."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import U32, Config, ConfigRow, setting
from app.core.architectures.decoder import LAYER, attention, decoder_sizes, ends, head_size, vector
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import one_of, rope_scaling

# transformers models/glm4/configuration_glm4.py, Glm4Config
DEFAULTS = {
    "hidden_size": 4096,
    "intermediate_size": 13696,
    "num_hidden_layers": 40,
    "num_attention_heads": 32,
    "num_key_value_heads": 2,
    "head_dim": 128,
    "max_position_embeddings": 131072,
    "rms_norm_eps": 0.00000015625,
    "rope_theta": 10000.0,
    "partial_rotary_factor": 0.5,
}


def fused_sizes(config: Config, layer: int) -> dict[str, int]:
    """With the height of gate and up in one matrix."""
    sizes = decoder_sizes(config, layer)
    return {**sizes, "2*ff": 2 * sizes["ff"]}


def rotated(config: Config) -> int:
    """How many values of a head are rotated."""
    factor = setting(config, "partial_rotary_factor")
    return int(head_size(config) * (0.5 if factor is None else factor))


FUSED_MLP = (
    TensorRule(LAYER + "mlp.gate_up_proj.weight", ("2*ff", "hidden")),
    TensorRule(LAYER + "mlp.down_proj.weight", ("hidden", "ff")),
)

GLM4 = Architecture(
    name="GLM 4",
    model_types=("glm4",),
    gguf="glm4",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/glm4.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/glm4.py: always has a head",
    ties_by_default=False,  # transformers Glm4Config
    defaults=DEFAULTS,
    tensors=(
        *ends(),
        *(
            vector(LAYER + name)
            for name in (
                "input_layernorm",
                "post_self_attn_layernorm",
                "post_attention_layernorm",
                "post_mlp_layernorm",
            )
        ),
        *attention(),
        *FUSED_MLP,
    ),
    metadata=(*DECODER_METADATA, ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=rotated)),
    requirements=(one_of("hidden_act", "silu"), rope_scaling("linear", "yarn")),
    sizes=fused_sizes,
)

FAMILIES = (GLM4,)
