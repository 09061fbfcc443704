"""Qwen, the first one: GPT-2's names, Q, K and V in one matrix, a gate of half of intermediate_size."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, Config, ConfigRow, setting
from app.core.architectures.decoder import decoder_sizes, vector
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import Requirement, never, one_of, rope_scaling
from app.core.text import text

LAYER = "transformer.h.{}."

# Qwen/Qwen-7B configuration_qwen.py, QWenConfig
DEFAULTS = {
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "kv_channels": 128,
    "layer_norm_epsilon": 1e-6,
    "max_position_embeddings": 8192,
    "rotary_emb_base": 10000,
    "intermediate_size": 22016,
    "no_bias": True,
}


def _sizes(config: Config, layer: int) -> dict[str, int]:
    hidden = config["hidden_size"]
    return {**decoder_sizes(config, layer), "3*hidden": 3 * hidden, "intermediate/2": config["intermediate_size"] // 2}


def _heads_fit(config: Config) -> bool:
    return bool(config["kv_channels"] * config["num_attention_heads"] == config["hidden_size"])


# What config.json sets for texts longer than seq_length (dynamic NTK, logn) is in neither engine
QWEN = Architecture(
    name="Qwen",
    model_types=("qwen",),
    gguf="qwen",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/qwen.cpp: output is required",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/qwen.py: always has a head",
    ties_by_default=False,  # QWenConfig
    defaults=DEFAULTS,
    embedding="transformer.wte.weight",
    tensors=(
        TensorRule("transformer.wte.weight", ("vocabulary", "hidden")),
        vector("transformer.ln_f"),
        TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
        vector(LAYER + "ln_1"),
        vector(LAYER + "ln_2"),
        TensorRule(LAYER + "attn.c_attn.weight", ("3*hidden", "hidden")),
        TensorRule(LAYER + "attn.c_attn.bias", ("3*hidden",)),
        TensorRule(LAYER + "attn.c_proj.weight", ("hidden", "hidden")),
        TensorRule(LAYER + "mlp.w1.weight", ("intermediate/2", "hidden")),
        TensorRule(LAYER + "mlp.w2.weight", ("intermediate/2", "hidden")),
        TensorRule(LAYER + "mlp.c_proj.weight", ("hidden", "intermediate/2")),
    ),
    metadata=(
        *DECODER_METADATA,
        # The key that llama.cpp's loader asks for. Its converter writes the other one for this name in config.json.
        ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, ("rms_norm_eps", "layer_norm_epsilon")),
    ),
    requirements=(  # llama.cpp src/models/qwen.cpp
        one_of("no_bias", True),
        one_of("rotary_pct", 1.0),
        never("tie_word_embeddings", text("a head of its own")),
        rope_scaling(),
        Requirement("kv_channels", text("heads that share hidden_size evenly"), _heads_fit),
        Requirement(
            "head_dim",
            text("heads that share hidden_size evenly"),
            lambda c: setting(c, "head_dim") in (None, c["hidden_size"] // c["num_attention_heads"]),
        ),
        Requirement(
            "num_key_value_heads",
            text("as many KV heads as query heads"),
            lambda c: setting(c, "num_key_value_heads") in (None, c["num_attention_heads"]),
        ),
    ),
    sizes=_sizes,
)

FAMILIES = (QWEN,)
