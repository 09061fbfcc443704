"""Falcon-H1: Mamba 2 and attention side by side. Its many multipliers are folded into the weights of a GGUF file.

mlx-lm folds some of them when it saves (models/falcon_h1.py, sanitize); config.json keeps them all, so that only the
tensors tell what has been done. llama.cpp conversion/falcon_h1.py folds all.
"""

from collections.abc import Callable, Mapping

from app.core.architectures.vocabulary import *

Factor = Callable[[Layer], Scale | ScaleRows]


def _times(name: str, index: int | None = None) -> Factor:
    return lambda layer: Scale(layer.config[name] if index is None else layer.config[name][index])


def _input_parts(layer: Layer) -> ScaleRows:
    lengths = (layer.sizes[size] for size in ("inner", "inner", "states", "states", "ssm heads"))
    return ScaleRows(tuple(zip(lengths, layer.config["ssm_multipliers"], strict=True)))


# By their names in the file: what is folded into matrices, and what of it mlx-lm has left to do
FACTORS: Mapping[str, tuple[Factor, ...]] = {
    "token_embd.weight": (_times("embedding_multiplier"),),
    "output.weight": (_times("lm_head_multiplier"),),
    "attn_q.weight": (_times("attention_in_multiplier"),),
    "attn_k.weight": (_times("key_multiplier"), _times("attention_in_multiplier")),
    "attn_v.weight": (_times("attention_in_multiplier"),),
    "attn_output.weight": (_times("attention_out_multiplier"),),
    "ffn_gate.weight": (_times("mlp_multipliers", 0),),
    "ffn_down.weight": (_times("mlp_multipliers", 1),),
    "ssm_in.weight": (_times("ssm_in_multiplier"), _input_parts),
    "ssm_out.weight": (_times("ssm_out_multiplier"),),
}
STILL: Mapping[str, tuple[Factor, ...]] = {
    "attn_k.weight": (_times("key_multiplier"),),
    "attn_v.weight": (_times("attention_in_multiplier"),),
}


def _by_all(factors: tuple[Factor, ...]) -> ChangeFor:
    return lambda layer: on_values(*(factor(layer) for factor in factors))


def _folded(part: Part) -> Part:
    def folded(rule: TensorRule) -> TensorRule:
        if rule.gguf not in FACTORS:
            return rule
        return replace(rule, change=_by_all(FACTORS[rule.gguf]), remaining=_by_all(STILL.get(rule.gguf, ())))

    return replace(part, tensors=tuple(map(folded, part.tensors)))


def _as_head(layer: Layer) -> Change:
    """The embedding with the head's multiplier in the place of its own: mlx-lm models/falcon_h1.py, Model.__call__."""
    return on_values(Scale(layer.config["lm_head_multiplier"] / layer.config["embedding_multiplier"]))


MAMBA = ssm.Mamba2(inner_size="mamba_d_ssm")
# The graph's name of the second has no ending
NORMS = Part.of(
    tensor(LAYER + "input_layernorm.weight", "attn_norm.weight", "hidden"),
    tensor(LAYER + "pre_ff_layernorm.weight", "ffn_norm", "hidden"),
)

FALCON_H1 = Architecture(
    name="Falcon-H1",
    model_types=("falcon_h1",),
    gguf="falcon-h1",
    sources=("src/models/falcon-h1.cpp", "conversion/falcon_h1.py", "mlx_lm/models/falcon_h1.py"),
    # The loader would take the embedding, but that has another multiplier folded in
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG, ties=True, unties_as_published=True),  # transformers FalconH1Config
    defaults={  # transformers models/falcon_h1/configuration_falcon_h1.py, FalconH1Config
        **lengths(layers=32, hidden=4096, intermediate=14336, heads=32, kv_heads=8, head=even_head),
        **common(context=8192, epsilon=1e-5, theta=100000.0),
        "mamba_d_ssm": 1024,
        **MAMBA.lengths(heads=128, head=64, groups=1, state=256, kernel=4),
        "lm_head_multiplier": 1.0,
        "embedding_multiplier": 1.0,
        "mlp_multipliers": [1.0, 1.0],
        "key_multiplier": 1.0,
        "attention_out_multiplier": 1.0,
        "attention_in_multiplier": 1.0,
        "ssm_multipliers": [1.0, 1.0, 1.0, 1.0, 1.0],
        "ssm_in_multiplier": 1.0,
        "ssm_out_multiplier": 1.0,
    },
    parts=(
        # llama.cpp conversion/falcon_h1.py writes no rope scaling
        _folded(decoder(norm="model.final_layernorm", keeps=lambda row: "rope.scaling" not in row.key)),
        NORMS,
        _folded(attention()),
        _folded(mlp(LAYER + "feed_forward")),
        _folded(MAMBA.part(order=ssm.PROJECTIONS_FIRST, optional_norm=True)),
        rope(),
    ),
    metadata=(
        *MAMBA.rows,
        u32(Keys.SSM.TIME_STEP_RANK, value=lambda c: c["mamba_d_ssm"] // c["mamba_d_head"]),
        VOCAB_SIZE,
        rows.RMS_EPSILON,
    ),
    requirements=(
        SILU,
        HALVES,
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
    marker="conv1d.weight",
    tied_head=_as_head,
)
