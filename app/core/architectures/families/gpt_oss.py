"""gpt-oss: experts packed in MXFP4 as published, attention sinks."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import U32, Config, ConfigRow
from app.core.architectures.decoder import (
    LAYER,
    PROJECTIONS,
    attention,
    decoder_sizes,
    embedding_norm_head,
    linear,
    vector,
    with_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import Requirement, one_of, rope_scaling
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

AT = LAYER + "mlp.experts"
PERIOD = 2  # llama.cpp src/models/openai-moe.cpp, load_swa_pattern

# transformers models/gpt_oss/configuration_gpt_oss.py, GptOssConfig
DEFAULTS = {
    "num_hidden_layers": 36,
    "num_local_experts": 128,
    "num_experts_per_tok": 4,
    "hidden_size": 2880,
    "intermediate_size": 2880,
    "head_dim": 64,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "sliding_window": 128,
    "rope_theta": 150000.0,
    "max_position_embeddings": 131072,
    "rms_norm_eps": 1e-5,
    "initial_context_length": 4096,
}


def _pattern_fits(config: Config) -> bool:
    kinds = ["full_attention" if i % PERIOD else "sliding_attention" for i in range(config["num_hidden_layers"])]
    return config.get("layer_types") in (None, kinds)


# Published are gate_up_proj_blocks and _scales for all experts; mlx-lm models/gpt_oss.py, sanitize, takes them apart
EXPERTS = tuple(
    rule
    for name, shape in PROJECTIONS.items()
    for rule in (
        TensorRule(f"{AT}.{name}.weight", ("experts", *shape)),
        TensorRule(f"{AT}.{name}.bias", ("experts", shape[0])),
    )
)

GPT_OSS = Architecture(
    name="gpt-oss",
    model_types=("gpt_oss",),
    gguf="gpt-oss",
    vocabularies={"gpt_oss": KnownVocabulary(pre_tokenizer="gpt-4o")},
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/openai-moe.cpp: output is required",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/gpt_oss.py: always has a head",
    ties_by_default=False,  # transformers GptOssConfig
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        *with_biases(attention()),
        TensorRule(LAYER + "self_attn.sinks", ("heads",), mapped=LAYER + "self_attn.sinks.weight"),
        *with_biases(linear(LAYER + "mlp.router", "experts", "hidden")),
        *EXPERTS,
    ),
    metadata=(
        *DECODER_METADATA,
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",)),
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("intermediate_size",)),
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        one_of("swiglu_limit", 7.0),
        rope_scaling("yarn"),
        Requirement("layer_types", text("a sliding window in every other layer"), _pattern_fits),
    ),
    sizes=lambda config, _: {**decoder_sizes(config), "expert_intermediate": config["intermediate_size"]},
    converts_huggingface=False,  # gate and up are published as one tensor, their rows in turn
)

FAMILIES = (GPT_OSS,)
