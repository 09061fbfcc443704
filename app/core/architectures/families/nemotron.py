"""Nemotron: norms with biases whose weights are stored less one, a squared ReLU without a gate, partial rope."""

from gguf import Keys, RopeScalingType

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, STRING, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import LAYER, attention, decoder_sizes, linear
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.ops import AddConstant, on_values
from app.core.architectures.requirements import Requirement, one_of, rope_scaling
from app.core.text import text

# transformers models/nemotron/configuration_nemotron.py, NemotronConfig
DEFAULTS = {
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "head_dim": lambda config: config["hidden_size"] // config["num_attention_heads"],
    "max_position_embeddings": 4096,
    "partial_rotary_factor": 0.5,
    "rope_theta": 10000.0,
}


def _norm(name: str) -> tuple[TensorRule, TensorRule]:
    """mlx-lm models/nemotron.py, NemotronLayerNorm1P, adds the one when it computes."""
    return (
        TensorRule(f"{name}.weight", ("hidden",), on_values(AddConstant(1.0))),
        TensorRule(f"{name}.bias", ("hidden",)),
    )


def _factor(config: Config) -> float | None:
    found: float | None = setting(config["rope_scaling"], "factor")
    return found


def _scaling_type(config: Config) -> str:
    return str(RopeScalingType.NONE.value if _factor(config) is None else RopeScalingType.LINEAR.value)


def _rotated(config: Config) -> int:
    return int(config["partial_rotary_factor"] * config["hidden_size"]) // int(config["num_attention_heads"])


NEMOTRON = Architecture(
    name="Nemotron",
    model_types=("nemotron",),
    gguf="nemotron",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/nemotron.cpp: output is required",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/nemotron.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=False,
    defaults=DEFAULTS,
    tensors=(
        TensorRule("model.embed_tokens.weight", ("vocabulary", "hidden")),
        *_norm("model.norm"),
        TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
        *_norm(LAYER + "input_layernorm"),
        *_norm(LAYER + "post_attention_layernorm"),
        *attention(),
        *linear(LAYER + "mlp.up_proj", "intermediate", "hidden"),
        *linear(LAYER + "mlp.down_proj", "hidden", "intermediate"),
    ),
    metadata=(  # llama.cpp conversion/nemotron.py, NemotronModel
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.Attention.LAYERNORM_EPS, F32, ("norm_eps",)),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("partial_rotary_factor",), value=_rotated),
        ConfigRow(Keys.Rope.SCALING_TYPE, STRING, value=_scaling_type),
        ConfigRow(Keys.Rope.SCALING_FACTOR, F32, ("rope_scaling.factor",), value=_factor),
    ),
    requirements=(  # llama.cpp src/models/nemotron.cpp
        one_of("hidden_act", "relu2"),
        rope_scaling("linear"),
        Requirement(
            "head_dim",
            text("heads that fill hidden_size"),
            lambda c: c["head_dim"] * c["num_attention_heads"] == c["hidden_size"],
        ),
    ),
    sizes=decoder_sizes,
)

FAMILIES = (NEMOTRON,)
