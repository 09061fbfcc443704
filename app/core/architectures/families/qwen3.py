"""Qwen 3 and the text part of Qwen 3-VL: norms of each head, no biases.

llama.cpp feeds the vision part's further results ("deepstack") to the first layers; their number is a key of the text
model, but stands in vision_config, which mlx-lm leaves out of config.json.
"""

from app.core.architectures.families.qwen2 import WINDOW
from app.core.architectures.vocabulary import *

DEFAULTS = {  # transformers models/qwen3/configuration_qwen3.py, Qwen3Config
    "num_key_value_heads": query_heads,
    "rope_theta": 10000.0,
    "use_sliding_window": False,
    "sliding_window": 4096,
    "max_window_layers": 28,
}
# In transformers' Qwen3VLVisionConfig and every published model: 2B, 4B, 8B, 32B, 30B-A3B, 235B-A22B
PUBLISHED_DEEPSTACK = 3


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
    sources=("src/models/qwen3.cpp", "conversion/qwen.py", "mlx_lm/models/qwen3.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    defaults=DEFAULTS,
    parts=(decoder(), norms(), attention(), head_norms(), mlp(), rope("linear", "yarn")),
    requirements=(SILU, CAUSAL, WINDOW, NO_OUTPUT_BIAS),
    ranks=True,
)
VISION_ROWS = (
    rope_sections(24, 20, 20),  # transformers models/qwen3_vl/modeling_qwen3_vl.py, Qwen3VLTextRotaryEmbedding
    u32(Keys.LLM.NUM_DEEPSTACK_LAYERS, value=deepstack_layers),
)
DEEPSTACK = (
    Requirement(
        "vision_config",
        text("a vision part that feeds {count} layers of the text model", count=PUBLISHED_DEEPSTACK),
        lambda config: bool(config.get("vision_config")),  # mlx-vlm writes an empty one
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
    model_types=("qwen3_vl", "qwen3_vl_text"),
    gguf="qwen3vl",
    sources=("src/models/qwen3vl.cpp", "conversion/qwen3vl.py", "mlx_lm/models/qwen3_vl.py"),
    # transformers models/qwen3_vl/configuration_qwen3_vl.py, Qwen3VLTextConfig
    defaults={**DEFAULTS, "rope_theta": 500000.0},
    metadata=VISION_ROWS,
    requirements=(*QWEN3.requirements, *DEEPSTACK),
)
