"""Command R: attention and feed-forward side by side after one norm, logits scaled, no head of its own."""

from gguf import Keys, RopeScalingType

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, STRING, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, one_of, rope_scaling
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

LAYERS_WITH_NORMS = 64  # llama.cpp src/models/command-r.cpp: from here on queries and keys have norms

# transformers models/cohere/configuration_cohere.py, CohereConfig
DEFAULTS = {
    "hidden_size": 8192,
    "intermediate_size": 22528,
    "logit_scale": 0.0625,
    "num_hidden_layers": 40,
    "num_attention_heads": 64,
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "max_position_embeddings": 8192,
    "layer_norm_eps": 1e-5,
    "rope_theta": 500000.0,
    "use_qk_norm": False,
}


def _has_norms(config: Config, _layer: int) -> bool:
    return bool(config["use_qk_norm"])


NO_SCALING = ConfigRow(Keys.Rope.SCALING_TYPE, STRING, value=lambda _: RopeScalingType.NONE.value)
EVEN_HEADS = Requirement(
    "head_dim",
    text("heads that share hidden_size evenly"),
    lambda c: setting(c, "head_dim") in (None, c["hidden_size"] // c["num_attention_heads"]),
)

COMMAND_R = Architecture(
    name="Command R",
    model_types=("cohere",),
    gguf="command-r",
    vocabularies={"cohere": KnownVocabulary(pre_tokenizer="command-r")},
    head=Head.NEVER,
    head_source="llama.cpp src/models/command-r.cpp: output is the embedding",
    mlx_head=MlxHead.NEVER,
    mlx_head_source="mlx-lm models/cohere.py: the output is computed with embed_tokens",
    ties_by_default=True,  # transformers CohereConfig
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        *without_biases(attention(), "o_proj"),
        TensorRule(LAYER + "self_attn.q_norm.weight", ("heads", "head"), layers=_has_norms),
        TensorRule(LAYER + "self_attn.k_norm.weight", ("kv_heads", "head"), layers=_has_norms),
        *without_biases(mlp()),
    ),
    metadata=(
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("model_max_length", "max_position_embeddings")),
        ConfigRow(Keys.LLM.LOGIT_SCALE, F32, ("logit_scale",)),
        NO_SCALING,
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        rope_scaling(),
        EVEN_HEADS,
        Requirement(
            "use_qk_norm",
            text("norms of queries and keys in models of 64 layers and more, and only there"),
            lambda c: bool(c["use_qk_norm"]) == (c["num_hidden_layers"] >= LAYERS_WITH_NORMS),
        ),
    ),
    sizes=decoder_sizes,
)

FAMILIES = (COMMAND_R,)
