"""Phi 1, 1.5 and 2: attention and feed-forward side by side after one norm, biases everywhere, the head included."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import LAYER, decoder_sizes, embedding_norm_head, linear, with_biases
from app.core.architectures.decoder_metadata import unusual_rope_base
from app.core.architectures.families.starcoder import GELU
from app.core.architectures.requirements import Requirement, never, one_of, rope_scaling
from app.core.text import text

AT = LAYER + "self_attn"
WIDER = 4  # llama.cpp conversion/phi.py: feed_forward_length is four times the width

# transformers models/phi/configuration_phi.py, PhiConfig
DEFAULTS = {
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 24,
    "num_attention_heads": 32,
    "max_position_embeddings": 2048,
    "layer_norm_eps": 1e-5,
    "partial_rotary_factor": 0.5,
}


def norm_with_bias(name: str) -> tuple[TensorRule, TensorRule]:
    """A norm that also shifts."""
    return TensorRule(f"{name}.weight", ("hidden",)), TensorRule(f"{name}.bias", ("hidden",))


def _rotated(config: Config) -> int:
    return int(config["partial_rotary_factor"] * config["hidden_size"]) // int(config["num_attention_heads"])


def _no_groups(config: Config) -> bool:
    return setting(config, "num_key_value_heads") in (None, config["num_attention_heads"])


embedding, _, head = embedding_norm_head()
HEAD_BIAS = TensorRule("lm_head.bias", ("vocabulary",))

PHI2 = Architecture(
    name="Phi 2",
    model_types=("phi",),
    gguf="phi2",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/phi2.cpp: output is required, and its bias",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/phi.py: always has a head",
    ties_by_default=False,  # transformers PhiConfig
    defaults=DEFAULTS,
    tensors=(
        embedding,
        head,
        HEAD_BIAS,
        *norm_with_bias("model.final_layernorm"),
        *norm_with_bias(LAYER + "input_layernorm"),
        *linear(f"{AT}.q_proj", "hidden", "hidden"),
        *linear(f"{AT}.k_proj", "hidden", "hidden"),
        *linear(f"{AT}.v_proj", "hidden", "hidden"),
        *with_biases(linear(f"{AT}.dense", "hidden", "hidden")),
        *with_biases(linear(LAYER + "mlp.fc1", "intermediate", "hidden")),
        *with_biases(linear(LAYER + "mlp.fc2", "hidden", "intermediate")),
    ),
    metadata=(  # llama.cpp conversion/phi.py, Phi2Model.set_gguf_parameters
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("n_positions", "max_position_embeddings")),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("hidden_size",)),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, value=lambda c: WIDER * c["hidden_size"]),
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("num_hidden_layers",)),
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("num_attention_heads",)),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, ("num_attention_heads",)),
        ConfigRow(Keys.Attention.LAYERNORM_EPS, F32, ("layer_norm_epsilon", "layer_norm_eps")),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("partial_rotary_factor",), value=_rotated),
        unusual_rope_base(),
    ),
    requirements=(
        one_of("hidden_act", *GELU),
        never("qk_layernorm", text("queries and keys without norms")),
        rope_scaling(),
        Requirement("num_key_value_heads", text("as many KV heads as query heads"), _no_groups),
        Requirement(
            "intermediate_size", text("4 × hidden_size"), lambda c: c["intermediate_size"] == WIDER * c["hidden_size"]
        ),
    ),
    sizes=decoder_sizes,
)

FAMILIES = (PHI2,)
