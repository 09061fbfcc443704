"""Apertus: a feed-forward network without a gate, whose activation has four numbers for each layer."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, ComputedTensor, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    head_norms,
    head_size,
    vector,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import Requirement, never, one_of, rope_scaling
from app.core.architectures.rope_factors import llama3_factors
from app.core.text import text

# transformers models/apertus/configuration_apertus.py, ApertusConfig
DEFAULTS = {
    "num_key_value_heads": lambda config: config["num_attention_heads"],
}
ACTIVATION = {
    "alpha_n": Keys.xIELU.ALPHA_N,
    "alpha_p": Keys.xIELU.ALPHA_P,
    "beta": Keys.xIELU.BETA,
    "eps": Keys.xIELU.EPS,
}


def _sizes(config: Config, layer: int) -> dict[str, int]:
    return {**decoder_sizes(config, layer), "one": 1}


APERTUS = Architecture(
    name="Apertus",
    model_types=("apertus",),
    gguf="apertus",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/apertus.cpp: output is required",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/apertus.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,  # transformers ApertusConfig
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "attention_layernorm"),
        vector(LAYER + "feedforward_layernorm"),
        *attention(),
        *head_norms(),
        TensorRule(LAYER + "mlp.up_proj.weight", ("intermediate", "hidden")),
        TensorRule(LAYER + "mlp.down_proj.weight", ("hidden", "intermediate")),
        *(TensorRule(f"{LAYER}mlp.act_fn.{name}", ("one",), key=key) for name, key in ACTIVATION.items()),
    ),
    metadata=(  # llama.cpp conversion/llama.py, LlamaModel.set_gguf_parameters
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=head_size),
    ),
    computed=(ComputedTensor("rope_freqs.weight", llama3_factors),),
    requirements=(  # llama.cpp src/models/apertus.cpp
        one_of("hidden_act", "xielu"),
        never("mlp_bias", text("feed-forward networks without biases")),
        never("post_norm", text("norms before attention and feed-forward")),
        one_of("qk_norm", True),
        rope_scaling("linear", "llama3", "yarn"),
        Requirement(
            "head_dim",
            text("heads that share hidden_size evenly"),
            lambda c: setting(c, "head_dim") in (None, c["hidden_size"] // c["num_attention_heads"]),
            by="mlx-lm",
        ),
    ),
    sizes=_sizes,
)

FAMILIES = (APERTUS,)
