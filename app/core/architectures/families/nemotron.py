"""Nemotron: norms with biases whose weights are stored less one, a squared ReLU without a gate, partial rope."""

from app.core.architectures.vocabulary import *


def _plus_one(part: Part) -> Part:
    """The weights of norms: mlx-lm models/nemotron.py, NemotronLayerNorm1P, adds the one when it computes."""
    added = on_values(AddConstant(1.0))
    changed = (replace(one, change=added) if one.gguf.endswith("norm.weight") else one for one in part.tensors)
    return replace(part, tensors=tuple(changed))


def _scaling_type(config: Config) -> str:
    factor = setting(config["rope_scaling"], "factor")
    return str(RopeScalingType.NONE.value if factor is None else RopeScalingType.LINEAR.value)


NEMOTRON = Architecture(
    name="Nemotron",
    model_types=("nemotron",),
    gguf="nemotron",
    sources=("src/models/nemotron.cpp", "conversion/nemotron.py", "mlx_lm/models/nemotron.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG),
    defaults={  # transformers models/nemotron/configuration_nemotron.py, NemotronConfig
        "num_key_value_heads": query_heads,
        "head_dim": even_head,
        **common(context=4096, theta=10000.0),
        "partial_rotary_factor": 0.5,
    },
    parts=(
        _plus_one(decoder(norm_bias=True)),
        _plus_one(norms(bias=True)),
        attention("qkvo"),
        plain_mlp(bias=None),
        rope("linear"),
    ),
    metadata=(
        VOCAB_SIZE,
        f32(Keys.Attention.LAYERNORM_EPS, "norm_eps"),
        rows.ROTATED,
        ConfigRow(Keys.Rope.SCALING_TYPE, STRING, value=_scaling_type),
        f32(Keys.Rope.SCALING_FACTOR, "rope_scaling.factor", value=lambda c: setting(c["rope_scaling"], "factor")),
    ),
    requirements=(
        one_of("hidden_act", "relu2"),
        Requirement(
            "head_dim",
            text("heads that fill hidden_size"),
            lambda c: c["head_dim"] * c["num_attention_heads"] == c["hidden_size"],
        ),
    ),
)
