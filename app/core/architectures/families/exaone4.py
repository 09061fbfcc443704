"""EXAONE 4: norms after attention and feed-forward; in the largest model most layers slide, and only those rotate."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, ComputedTensor, Head, MlxHead
from app.core.architectures.config_rows import BOOL, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    head_norms,
    head_size,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import Requirement, one_of, rope_scaling
from app.core.architectures.rope_factors import llama3_factors
from app.core.text import text

SLIDING_LAYERS = 64  # llama.cpp src/models/exaone4.cpp: models of that many layers slide, and no others


def slides(config: Config) -> list[bool] | None:
    """Which layers have a window: llama.cpp conversion/exaone.py, Exaone4Model.set_gguf_parameters."""
    if setting(config, "sliding_window") is None:
        return None
    kinds, pattern = config.get("layer_types"), config.get("sliding_window_pattern")
    layers = range(config["num_hidden_layers"])
    if kinds is not None:
        return [kind == "sliding_attention" for kind in kinds]
    if isinstance(pattern, str) and pattern:  # as LLLG
        return [pattern[i % len(pattern)] == "L" for i in layers]
    return [(i + 1) % pattern != 0 for i in layers] if pattern else None


def _agree(config: Config) -> bool:
    """mlx-lm goes by the pattern, llama.cpp's converter by layer_types where both are there."""
    if "sliding_window_pattern" not in config or config.get("layer_types") is None:
        return True
    by_pattern = slides({**config, "layer_types": None}) or []
    return any(by_pattern) == any(slides(config) or []) and by_pattern in ([], slides(config))


def _window_fits(config: Config) -> bool:
    pattern = slides(config) or []
    is_long = config["num_hidden_layers"] == SLIDING_LAYERS
    return len(pattern) in (0, config["num_hidden_layers"]) and any(pattern) == is_long


METADATA = (
    *DECODER_METADATA,
    ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
    ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",)),
    ConfigRow(Keys.Attention.SLIDING_WINDOW_PATTERN, BOOL, value=slides),
)
ATTENTION = (*without_biases(attention()), *head_norms())

EXAONE4 = Architecture(
    name="EXAONE 4",
    model_types=("exaone4",),
    gguf="exaone4",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/exaone4.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/exaone4.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=False,  # transformers Exaone4Config
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "post_attention_layernorm"),
        vector(LAYER + "post_feedforward_layernorm"),
        *ATTENTION,
        *without_biases(mlp()),
    ),
    metadata=METADATA,
    computed=(ComputedTensor("rope_freqs.weight", llama3_factors),),
    requirements=(
        one_of("hidden_act", "silu"),
        rope_scaling("linear", "llama3", "yarn"),
        Requirement(
            "sliding_window",
            text("a window in models of {count} layers, and only there", count=SLIDING_LAYERS),
            _window_fits,
        ),
        Requirement("sliding_window_pattern", text("what layer_types says"), _agree),
        Requirement(
            "head_dim",
            text("heads that share hidden_size evenly"),
            lambda c: head_size(c) * c["num_attention_heads"] == c["hidden_size"],
        ),
    ),
    sizes=decoder_sizes,
)

FAMILIES = (EXAONE4,)
