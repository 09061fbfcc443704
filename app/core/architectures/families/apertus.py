"""Apertus: a feed-forward network without a gate, whose activation has four numbers for each layer."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, Part, TensorRule
from app.core.architectures.config_rows import VOCAB_SIZE, u32
from app.core.architectures.parts.decoder import MLP, attention, decoder, head_norms, norms, plain_mlp
from app.core.architectures.parts.lengths import query_heads
from app.core.architectures.parts.rope import rope
from app.core.architectures.requirements import NO_MLP_BIAS, even_heads, never, one_of
from app.core.architectures.sizes import head_size
from app.core.text import text

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
    head=Head.REQUIRED,
    mlx_head=MlxHead.CONFIG,
    ties_by_default=False,  # transformers ApertusConfig
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
    metadata=(VOCAB_SIZE, u32(Keys.Rope.DIMENSION_COUNT, value=head_size)),
    requirements=(
        one_of("hidden_act", "xielu"),
        NO_MLP_BIAS,
        never("post_norm", text("norms before attention and feed-forward")),
        one_of("qk_norm", True),
        even_heads("mlx-lm"),
    ),
    sizes=lambda *_: {"one": 1},
)

FAMILIES = (APERTUS,)
