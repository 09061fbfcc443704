"""Gemma 2: Gemma with four norms a layer, soft-capped logits and a window in every other layer."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead
from app.core.architectures.attention_scale import AttentionScale
from app.core.architectures.config_rows import F32, U32, Config, ConfigRow
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.families.gemma import METADATA, PLUS_ONE, REQUIREMENTS
from app.core.architectures.requirements import Requirement, one_of
from app.core.text import text

PERIOD = 2  # llama.cpp src/models/gemma2.cpp, load_swa_pattern
SCALE = AttentionScale(layers_of_27b=46)  # same file

# transformers models/gemma2/configuration_gemma2.py, Gemma2Config
DEFAULTS = {
    "max_position_embeddings": 8192,
    "rope_theta": 10000.0,
    "query_pre_attn_scalar": 256,
    "sliding_window": 4096,
    "final_logit_softcapping": 30.0,
    "attn_logit_softcapping": 50.0,
}


def _pattern_fits(config: Config) -> bool:
    kinds = ["full_attention" if i % PERIOD else "sliding_attention" for i in range(config["num_hidden_layers"])]
    return config.get("layer_types") in (None, kinds)


def _always(name: str) -> Requirement:
    """llama.cpp would take a value of its own for a setting that is null or zero."""
    return Requirement(name, text("a value above zero"), lambda config: bool(config[name]))


GEMMA2 = Architecture(
    name="Gemma 2",
    model_types=("gemma2",),
    gguf="gemma2",
    head=Head.NEVER,
    head_source="llama.cpp src/models/gemma2.cpp: output is token_embd",
    mlx_head=MlxHead.NEVER,
    mlx_head_source="mlx-lm models/gemma2.py: no lm_head",
    ties_by_default=True,  # transformers Gemma2Config
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(PLUS_ONE),
        *(
            vector(LAYER + name, change=PLUS_ONE)
            for name in (
                "input_layernorm",
                "post_attention_layernorm",
                "pre_feedforward_layernorm",
                "post_feedforward_layernorm",
            )
        ),
        *without_biases(attention(k=SCALE.alone), "o_proj"),
        *without_biases(mlp()),
    ),
    metadata=(
        *METADATA,
        ConfigRow(Keys.LLM.ATTN_LOGIT_SOFTCAPPING, F32, ("attn_logit_softcapping",)),
        ConfigRow(Keys.LLM.FINAL_LOGIT_SOFTCAPPING, F32, ("final_logit_softcapping",)),
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",)),
    ),
    requirements=(
        SCALE.requirement,
        Requirement("layer_types", text("a sliding window in every other layer"), _pattern_fits),
        _always("attn_logit_softcapping"),
        _always("final_logit_softcapping"),
        _always("sliding_window"),
        one_of("hidden_activation", "gelu_pytorch_tanh"),
        *REQUIREMENTS,
    ),
    sizes=decoder_sizes,
)

FAMILIES = (GEMMA2,)
