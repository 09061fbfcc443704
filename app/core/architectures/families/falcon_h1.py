"""Falcon-H1: Mamba 2 and attention side by side. Its many multipliers are folded into the weights of a GGUF file.

mlx-lm folds some of them when it saves (models/falcon_h1.py, sanitize); config.json keeps them all, so that only the
tensors tell what has been done. llama.cpp conversion/falcon_h1.py folds all.
"""

from collections.abc import Callable
from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, ChangeFor, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, Config, ConfigRow
from app.core.architectures.decoder import LAYER, attention, decoder_sizes, embedding_norm_head, linear, mlp, vector
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.ops import Change, NegativeExp, Scale, ScaleRows, on_values
from app.core.architectures.requirements import (
    CONVOLUTION_BIAS,
    UNLIMITED_TIME_STEPS,
    Requirement,
    one_of,
    rope_scaling,
)
from app.core.text import text

AT = LAYER + "mamba"
Factor = Callable[[Layer], Scale | ScaleRows]

# transformers models/falcon_h1/configuration_falcon_h1.py, FalconH1Config
DEFAULTS = {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": lambda config: config["hidden_size"] // config["num_attention_heads"],
    "max_position_embeddings": 8192,
    "rms_norm_eps": 1e-5,
    "rope_theta": 100000.0,
    "mamba_d_ssm": 1024,
    "mamba_n_heads": 128,
    "mamba_d_head": 64,
    "mamba_n_groups": 1,
    "mamba_d_state": 256,
    "mamba_d_conv": 4,
    "lm_head_multiplier": 1.0,
    "embedding_multiplier": 1.0,
    "mlp_multipliers": [1.0, 1.0],
    "key_multiplier": 1.0,
    "attention_out_multiplier": 1.0,
    "attention_in_multiplier": 1.0,
    "ssm_multipliers": [1.0, 1.0, 1.0, 1.0, 1.0],
    "ssm_in_multiplier": 1.0,
    "ssm_out_multiplier": 1.0,
}


def _sizes(config: Config, layer: int) -> dict[str, int]:
    inner, heads = config["mamba_d_ssm"], config["mamba_n_heads"]
    states = config["mamba_n_groups"] * config["mamba_d_state"]
    return {
        **decoder_sizes(config, layer),
        "inner": inner,
        "states": states,
        "ssm heads": heads,
        "channels": inner + 2 * states,
        "in": 2 * inner + 2 * states + heads,
        "kernel": config["mamba_d_conv"],
        "ssm groups": config["mamba_n_groups"],
        "group": inner // config["mamba_n_groups"],
        "one": 1,
    }


def _times(name: str, index: int | None = None) -> Factor:
    """Multiply by a setting."""

    def factor(layer: Layer) -> Scale:
        value = layer.config[name]
        return Scale(value if index is None else value[index])

    return factor


def _input_parts(layer: Layer) -> ScaleRows:
    lengths = (layer.sizes[size] for size in ("inner", "inner", "states", "states", "ssm heads"))
    return ScaleRows(tuple(zip(lengths, layer.config["ssm_multipliers"], strict=True)))


def _by_all(factors: tuple[Factor, ...]) -> ChangeFor:
    return lambda layer: on_values(*(factor(layer) for factor in factors))


def _as_head(layer: Layer) -> Change:
    """The embedding with the head's multiplier in the place of its own: mlx-lm models/falcon_h1.py, Model.__call__."""
    return on_values(Scale(layer.config["lm_head_multiplier"] / layer.config["embedding_multiplier"]))


def _folded(rule: TensorRule, *factors: Factor, still: tuple[Factor, ...] = ()) -> TensorRule:
    """A matrix with multipliers to fold in, of which mlx-lm has left `still` to do."""
    return replace(rule, change=_by_all(factors), remaining=_by_all(still))


embedding, _, head = embedding_norm_head()
q, q_bias, k, k_bias, v, v_bias, o, o_bias = attention()
gate, gate_bias, up, up_bias, down, down_bias = mlp(LAYER + "feed_forward")
in_proj, in_bias = linear(f"{AT}.in_proj", "in", "hidden")
out_proj, out_bias = linear(f"{AT}.out_proj", "hidden", "inner")
attention_in = _times("attention_in_multiplier")

TENSORS = (
    _folded(embedding, _times("embedding_multiplier")),
    vector("model.final_layernorm"),
    _folded(head, _times("lm_head_multiplier")),
    vector(LAYER + "input_layernorm"),
    vector(LAYER + "pre_ff_layernorm"),
    _folded(q, attention_in),
    _folded(k, _times("key_multiplier"), attention_in, still=(_times("key_multiplier"),)),
    _folded(v, attention_in, still=(attention_in,)),
    _folded(o, _times("attention_out_multiplier")),
    _folded(gate, _times("mlp_multipliers", 0)),
    up,
    _folded(down, _times("mlp_multipliers", 1)),
    _folded(in_proj, _times("ssm_in_multiplier"), _input_parts),
    _folded(out_proj, _times("ssm_out_multiplier")),
    TensorRule(f"{AT}.conv1d.weight", ("channels", "kernel")),
    TensorRule(f"{AT}.conv1d.bias", ("channels",)),
    TensorRule(f"{AT}.A_log", ("ssm heads",), on_values(NegativeExp()), written=("ssm heads", "one")),
    TensorRule(f"{AT}.D", ("ssm heads",), written=("ssm heads", "one")),
    TensorRule(f"{AT}.dt_bias", ("ssm heads",), mapped=f"{AT}.dt_proj.bias"),
    TensorRule(f"{AT}.norm.weight", ("inner",), optional=True, written=("ssm groups", "group")),
)

FALCON_H1 = Architecture(
    name="Falcon-H1",
    model_types=("falcon_h1",),
    gguf="falcon-h1",
    # The loader would take the embedding, but that has another multiplier folded in
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/falcon-h1.cpp and conversion/falcon_h1.py",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/falcon_h1.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=True,
    unties_as_published=True,  # transformers FalconH1Config
    defaults=DEFAULTS,
    tensors=TENSORS,
    metadata=(  # llama.cpp conversion/mamba.py, Mamba2Model, and falcon_h1.py, set_gguf_parameters
        *(row for row in DECODER_METADATA if "rope.scaling" not in row.key),
        ConfigRow(Keys.SSM.CONV_KERNEL, U32, ("mamba_d_conv",)),
        ConfigRow(Keys.SSM.INNER_SIZE, U32, ("mamba_d_ssm",)),
        ConfigRow(Keys.SSM.STATE_SIZE, U32, ("mamba_d_state",)),
        ConfigRow(Keys.SSM.TIME_STEP_RANK, U32, value=lambda c: c["mamba_d_ssm"] // c["mamba_d_head"]),
        ConfigRow(Keys.SSM.GROUP_COUNT, U32, ("mamba_n_groups",)),
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, ("rms_norm_eps",)),
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        CONVOLUTION_BIAS,
        UNLIMITED_TIME_STEPS,
        rope_scaling(),
        Requirement(
            "mamba_norm_before_gate",
            text("a norm after the gate"),
            lambda c: not (c.get("mamba_rms_norm") and c.get("mamba_norm_before_gate")),
        ),
        Requirement(
            "mamba_d_ssm",
            text("mamba_n_heads heads of mamba_d_head"),
            lambda c: c["mamba_d_ssm"] == c["mamba_n_heads"] * c["mamba_d_head"],
        ),
    ),
    sizes=_sizes,
    marker="conv1d.weight",
    tied_head=_as_head,
)

FAMILIES = (FALCON_H1,)
