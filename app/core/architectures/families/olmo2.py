"""OLMo 2 and 3: norms after attention and feed-forward, one norm over all queries and one over all keys."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead
from app.core.architectures.config_rows import BOOL, U32, Config, ConfigRow, setting
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
from app.core.text import text

# transformers models/olmo2/configuration_olmo2.py, Olmo2Config
DEFAULTS = {
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "max_position_embeddings": 2048,
    "rope_theta": 10000.0,
}
# models/olmo3/configuration_olmo3.py, Olmo3Config
DEFAULTS_3 = {"num_key_value_heads": DEFAULTS["num_key_value_heads"]}
PERIOD = 4  # OLMo 3: every fourth layer sees everything; llama.cpp conversion/olmo.py


def _slides(config: Config) -> list[bool] | None:
    if setting(config, "sliding_window") is None:
        return None
    kinds = config.get("layer_types")
    if kinds is None:
        return [(i + 1) % PERIOD != 0 for i in range(config["num_hidden_layers"])]
    return [kind == "sliding_attention" for kind in kinds]


def _kinds_fit(config: Config) -> bool:
    kinds = config.get("layer_types")
    return kinds is None or len(kinds) == config["num_hidden_layers"]


OLMO2 = Architecture(
    name="OLMo 2",
    model_types=("olmo2",),
    gguf="olmo2",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/olmo2.cpp: output is required",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/olmo2.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=True,
    unties_as_published=True,  # transformers Olmo2Config
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "post_attention_layernorm"),
        vector(LAYER + "post_feedforward_layernorm"),
        *without_biases(attention(), "o_proj"),
        vector(LAYER + "self_attn.q_norm", "q_dim"),
        vector(LAYER + "self_attn.k_norm", "kv_dim"),
        *without_biases(mlp()),
    ),
    metadata=(
        *DECODER_METADATA,
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",)),
        ConfigRow(Keys.Attention.SLIDING_WINDOW_PATTERN, BOOL, value=_slides),
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        rope_scaling("linear", "yarn"),
        Requirement(
            "head_dim",
            text("heads that share hidden_size evenly"),
            lambda c: setting(c, "head_dim") in (None, c["hidden_size"] // c["num_attention_heads"]),
        ),
        Requirement("layer_types", text("one kind for each layer"), _kinds_fit),
    ),
    sizes=decoder_sizes,
)

OLMO3 = replace(
    OLMO2,
    name="OLMo 3",
    model_types=("olmo3",),
    mlx_head_source="mlx-lm models/olmo3.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=False,
    unties_as_published=False,
    defaults=DEFAULTS_3,
)

FAMILIES = (OLMO2, OLMO3)
