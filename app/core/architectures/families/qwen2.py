"""Qwen 2, 2.5, MiMo and the text part of Qwen 2-VL, 2.5-VL: biases on Q, K and V only, heads of hidden_size / heads."""

from dataclasses import replace

from app.core.architectures.architecture import Architecture, Head, MlxHead
from app.core.architectures.config_rows import Config, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA, rope_sections
from app.core.architectures.further_tokens import MTP
from app.core.architectures.requirements import Requirement, one_of, rope_scaling
from app.core.architectures.vision import VISION_DROPPED
from app.core.checkpoint.wrappers import WRAPPERS
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

# transformers models/qwen2/configuration_qwen2.py, Qwen2Config
DEFAULTS = {
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "max_position_embeddings": 32768,
    "rope_theta": 10000.0,
    "use_sliding_window": False,
    "sliding_window": 4096,
    "max_window_layers": 28,
}


def sees_everything(config: Config) -> bool:
    """No layer has a sliding window: transformers' Qwen2Config gives one to those from max_window_layers on."""
    if config.get("layer_types") is not None:
        return "sliding_attention" not in config["layer_types"]
    has_window = config["use_sliding_window"] and config["sliding_window"] is not None
    return not has_window or config["max_window_layers"] >= config["num_hidden_layers"]


def head_fits(config: Config) -> bool:
    """llama.cpp's loader wants Q of hidden_size rows; mlx-lm does not read head_dim."""
    divided = config["hidden_size"] // config["num_attention_heads"]
    return setting(config, "head_dim") in (None, divided)


NORMS = (vector(LAYER + "input_layernorm"), vector(LAYER + "post_attention_layernorm"))
# llama.cpp src/models/qwen2.cpp reads no bias of the output projection
ATTENTION = without_biases(attention(), "o_proj")
ACTIVATION = one_of("hidden_act", "silu")
CAUSAL = one_of("is_causal", True)
SCALING = rope_scaling("linear", "yarn")
WINDOW = Requirement("use_sliding_window", text("attention to all tokens"), sees_everything)
HEAD = Requirement("head_dim", text("heads of hidden_size / num_attention_heads"), head_fits)

QWEN2 = Architecture(
    name="Qwen 2",
    model_types=("qwen2",),
    gguf="qwen2",
    vocabularies={"qwen2": KnownVocabulary(pre_tokenizer="qwen2")},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/qwen2.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/qwen2.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=True,
    unties_as_published=True,  # transformers Qwen2Config
    defaults=DEFAULTS,
    tensors=(*embedding_norm_head(), *NORMS, *ATTENTION, *without_biases(mlp())),
    metadata=DECODER_METADATA,
    requirements=(ACTIVATION, CAUSAL, SCALING, WINDOW, HEAD),
    sizes=decoder_sizes,
)

QWEN2_VL = replace(
    QWEN2,
    name="Qwen 2-VL",
    model_types=("qwen2_vl", "qwen2_5_vl"),
    gguf="qwen2vl",
    head_source="llama.cpp src/models/qwen2vl.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head_source="mlx-lm models/qwen2_vl.py: qwen2's text model, without a head when tie_word_embeddings is set",
    # transformers models/qwen2_vl/configuration_qwen2_vl.py, Qwen2VLTextConfig (2.5: the same)
    defaults={
        **{name: value for name, value in DEFAULTS.items() if name != "num_key_value_heads"},
        "rope_theta": 1e6,
        "max_window_layers": 80,
    },
    prefixes=WRAPPERS,
    dropped=VISION_DROPPED,
    metadata=(*QWEN2.metadata, rope_sections(16, 24, 24)),  # transformers models/qwen2_vl/modeling_qwen2_vl.py
)

MIMO = replace(
    QWEN2,
    name="MiMo",
    model_types=("mimo",),
    mlx_head_source="mlx-lm models/mimo.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,
    unties_as_published=False,
    # XiaomiMiMo/MiMo-7B-RL configuration_mimo.py, MiMoConfig: Qwen2Config and num_nextn_predict_layers
    dropped={"model.mtp_layers.": MTP},
)

FAMILIES = (QWEN2, QWEN2_VL, MIMO)
