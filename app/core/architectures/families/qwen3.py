"""Qwen 3 and the text part of Qwen 3-VL: norms of each head, no biases.

llama.cpp feeds the vision part's further results ("deepstack") to the first layers; their number is a key of the text
model, but stands in vision_config, which mlx-lm leaves out of config.json.
"""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead
from app.core.architectures.config_rows import U32, Config, ConfigRow
from app.core.architectures.decoder import (
    attention,
    decoder_sizes,
    embedding_norm_head,
    head_norms,
    mlp,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA, rope_sections
from app.core.architectures.families.qwen2 import (
    ACTIVATION,
    CAUSAL,
    NORMS,
    SCALING,
    WINDOW,
)
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement
from app.core.architectures.vision import VISION_DROPPED
from app.core.checkpoint.wrappers import WRAPPERS
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

# transformers models/qwen3/configuration_qwen3.py, Qwen3Config
DEFAULTS = {
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "rope_theta": 10000.0,
    "use_sliding_window": False,
    "sliding_window": 4096,
    "max_window_layers": 28,
}
# In transformers' Qwen3VLVisionConfig and every published model: 2B, 4B, 8B, 32B, 30B-A3B, 235B-A22B
PUBLISHED_DEEPSTACK = 3

ATTENTION = (*without_biases(attention()), *head_norms())


def deepstack_layers(config: Config) -> int:
    """How many of the vision part's layers are fed to the text model; as published where nothing says so."""
    vision = config.get("vision_config")
    indexes = vision.get("deepstack_visual_indexes") if vision is not None else None
    return PUBLISHED_DEEPSTACK if indexes is None else len(indexes)


QWEN3 = Architecture(
    name="Qwen 3",
    model_types=("qwen3",),
    gguf="qwen3",
    vocabularies={"qwen3": KnownVocabulary(pre_tokenizer="qwen2")},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/qwen3.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/qwen3.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,  # transformers Qwen3Config
    defaults=DEFAULTS,
    tensors=(*embedding_norm_head(), *NORMS, *ATTENTION, *without_biases(mlp())),
    metadata=DECODER_METADATA,
    requirements=(ACTIVATION, CAUSAL, SCALING, WINDOW, NO_OUTPUT_BIAS),
    sizes=decoder_sizes,
)
VISION_ROWS = (
    rope_sections(24, 20, 20),  # transformers models/qwen3_vl/modeling_qwen3_vl.py, Qwen3VLTextRotaryEmbedding
    ConfigRow(Keys.LLM.NUM_DEEPSTACK_LAYERS, U32, value=deepstack_layers),
)
DEEPSTACK = (
    Requirement(
        "vision_config",
        text("a vision part that feeds {count} layers of the text model", count=PUBLISHED_DEEPSTACK),
        lambda config: config.get("vision_config") is not None,
        is_assumed=True,
    ),
    Requirement(
        "num_hidden_layers",
        text("at least as many layers as the vision part feeds"),
        lambda config: config["num_hidden_layers"] >= deepstack_layers(config),
    ),
)

QWEN3_VL = replace(
    QWEN3,
    name="Qwen 3-VL",
    model_types=("qwen3_vl",),
    gguf="qwen3vl",
    head_source="llama.cpp src/models/qwen3vl.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head_source="mlx-lm models/qwen3_vl.py: qwen3's text model, without a head when tie_word_embeddings is set",
    # transformers models/qwen3_vl/configuration_qwen3_vl.py, Qwen3VLTextConfig
    defaults={**DEFAULTS, "rope_theta": 500000.0},
    prefixes=WRAPPERS,
    dropped=VISION_DROPPED,
    metadata=(*DECODER_METADATA, *VISION_ROWS),
    requirements=(*QWEN3.requirements, *DEEPSTACK),
)

FAMILIES = (QWEN3, QWEN3_VL)
