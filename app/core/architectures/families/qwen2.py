"""Qwen 2, 2.5, MiMo and the text part of Qwen 2-VL, 2.5-VL: biases on Q, K and V only, heads of hidden_size / heads."""

from app.core.architectures.vocabulary import *
from app.core.checkpoint.wrappers import BARE

DEFAULTS = {  # transformers models/qwen2/configuration_qwen2.py, Qwen2Config
    "num_key_value_heads": query_heads,
    **common(context=32768, theta=10000.0),
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


WINDOW = Requirement("use_sliding_window", text("attention to all tokens"), sees_everything)

QWEN2 = Architecture(
    name="Qwen 2",
    model_types=("qwen2",),
    gguf="qwen2",
    vocabularies={"qwen2": KnownVocabulary(pre_tokenizer="qwen2")},
    sources=("src/models/qwen2.cpp", "conversion/qwen.py", "mlx_lm/models/qwen2.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True, unties_as_published=True),  # transformers Qwen2Config
    defaults=DEFAULTS,
    parts=(decoder(), norms(), attention("qkv"), mlp(), rope("linear", "yarn")),
    requirements=(SILU, CAUSAL, WINDOW, even_heads()),
    prefixes=BARE,
)

QWEN2_VL = replace(
    QWEN2,
    name="Qwen 2-VL",
    model_types=("qwen2_vl", "qwen2_5_vl"),
    gguf="qwen2vl",
    sources=("src/models/qwen2vl.cpp", "conversion/qwenvl.py", "mlx_lm/models/qwen2_vl.py"),
    defaults={  # transformers models/qwen2_vl/configuration_qwen2_vl.py, Qwen2VLTextConfig (2.5: the same)
        **{name: value for name, value in DEFAULTS.items() if name != "num_key_value_heads"},
        "rope_theta": 1e6,
        "max_window_layers": 80,
    },
    **VISION,
    metadata=(rope_sections(16, 24, 24),),  # transformers models/qwen2_vl/modeling_qwen2_vl.py
)

MIMO = replace(
    QWEN2,
    name="MiMo",
    model_types=("mimo",),
    sources=("src/models/qwen2.cpp", "conversion/qwen.py", "mlx_lm/models/mimo.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    # XiaomiMiMo/MiMo-7B-RL configuration_mimo.py, MiMoConfig: Qwen2Config and num_nextn_predict_layers
    dropped={"model.mtp_layers.": MTP},
)
