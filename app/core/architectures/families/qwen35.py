"""Qwen 3.5 and 3.6 (text part): three layers of linear attention, then one of full attention."""

from app.core.architectures.vocabulary import *

MODEL_TYPES = ("qwen3_5", "qwen3_5_text")
MIXERS = (*linear_attention.BLOCKS, linear_attention.TILED, linear_attention.FULL_ATTENTION)

QWEN35 = Architecture(
    name="Qwen 3.5",
    model_types=MODEL_TYPES,
    gguf="qwen35",
    vocabularies=dict.fromkeys(MODEL_TYPES, KnownVocabulary(pre_tokenizer="qwen35")),
    sources=("src/models/qwen35.cpp", "conversion/qwen.py", "mlx_lm/models/qwen3_5.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),  # transformers Qwen3_5TextConfig
    defaults={  # transformers models/qwen3_5/configuration_qwen3_5.py, Qwen3_5TextConfig
        **lengths(layers=32, hidden=4096, intermediate=12288, heads=16, kv_heads=4, head=256),
        **common(context=32768, epsilon=1e-6, theta=10000.0),
        "partial_rotary_factor": 0.25,
        "linear_conv_kernel_dim": 4,
        "linear_key_head_dim": 128,
        "linear_value_head_dim": 128,
        "linear_num_key_heads": 16,
        "linear_num_value_heads": 32,
        "layer_types": linear_attention.layer_kinds,
    },
    dropped={"mtp.": MTP_LEFT_OUT},
    parts=(*MIXERS, mlp(), rope("linear", "yarn")),
    metadata=(
        *linear_attention.METADATA,
        rope_sections(11, 11, 10),  # llama.cpp conversion/qwen.py, _QWEN35_DEFAULT_MROPE_SECTION
    ),
    requirements=(SILU, NO_OUTPUT_BIAS, *linear_attention.REQUIREMENTS),
    marker="conv1d.weight",
)
