"""Apertus: a feed-forward network without a gate, whose activation has four numbers for each layer."""

from app.core.architectures.vocabulary import *

ACTIVATION = {
    "alpha_n": Keys.xIELU.ALPHA_N,
    "alpha_p": Keys.xIELU.ALPHA_P,
    "beta": Keys.xIELU.BETA,
    "eps": Keys.xIELU.EPS,
}

APERTUS = Architecture(
    name="Apertus",
    model_types=("apertus",),
    gguf="apertus",
    sources=("src/models/apertus.cpp", "conversion/llama.py", "mlx_lm/models/apertus.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG),  # transformers ApertusConfig
    # transformers models/apertus/configuration_apertus.py, ApertusConfig
    defaults={"num_key_value_heads": query_heads},
    parts=(
        decoder(),
        norms(names={"attention_layernorm": "attn_norm", "feedforward_layernorm": "ffn_norm"}),
        attention("qkvo"),
        head_norms(),
        plain_mlp(),
        Part(tuple(TensorRule(f"{MLP}.act_fn.{name}", ("one",), key=key) for name, key in ACTIVATION.items())),
        rope("linear", "llama3", "yarn"),
    ),
    metadata=(VOCAB_SIZE, rows.WHOLE_HEADS),
    requirements=(
        one_of("hidden_act", "xielu"),
        NO_MLP_BIAS,
        never("post_norm", text("norms before attention and feed-forward")),
        one_of("qk_norm", True),
        even_heads("mlx-lm"),
        HALVES,
    ),
    sizes=lambda *_: {"one": 1},
)
