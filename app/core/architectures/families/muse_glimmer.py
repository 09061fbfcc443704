"""Muse Glimmer (text part): zero-centred norms around both halves of a layer; a scale of queries becomes a norm."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, ComputedTensor, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    mlp,
    rotary_rows,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.ops import AddConstant, on_values
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, one_of, rope_scaling
from app.core.architectures.rope_factors import WIDEST_HEAD
from app.core.architectures.vision import TEXT_ONLY, VISION_DROPPED
from app.core.checkpoint.wrappers import WRAPPERS
from app.core.text import text

PLUS_ONE = on_values(AddConstant(1.0))  # llama.cpp conversion/muse_glimmer.py, norm_shift; the last norm is not shifted
SLIDING, FULL = "sliding_attention", "full_attention"


def _kinds(config: Config) -> list[str]:
    last = config["num_hidden_layers"] - 1
    return [SLIDING if (last - i) % 4 else FULL for i in range(last + 1)]


def _bases(config: Config) -> list[float]:
    """0 where a layer has no rope."""
    return [config["rope_theta"] if kind == SLIDING else 0 for kind in config["layer_types"]]


# transformers models/muse_glimmer/configuration_muse_glimmer.py, MuseGlimmerTextConfig; rope_theta: mlx-lm
# models/muse_glimmer.py
DEFAULTS = {
    "hidden_size": 6656,
    "intermediate_size": 19968,
    "num_hidden_layers": 52,
    "num_attention_heads": 32,
    "num_key_value_heads": 2,
    "head_dim": 128,
    "max_position_embeddings": 131072,
    "rms_norm_eps": 1e-5,
    "post_norm_eps": 1e-8,
    "sliding_window": 2048,
    "rope_theta": 500000.0,
    "final_logit_softcapping": 20.0,
    "qk_scale_factor": 3.87,
    "output_multiplier": 0.19611613513818404,
    "layer_types": _kinds,
    "layer_rope_theta": _bases,
}


def _kinds_fit(config: Config) -> bool:
    kinds = config["layer_types"]
    return len(kinds) == config["num_hidden_layers"] and set(kinds) == {SLIDING, FULL}


def _repeated(config: Config, value: float) -> tuple[float, ...]:
    if not 0 < config["head_dim"] <= WIDEST_HEAD:
        raise ValueError(text("a head has {size} values", size=config["head_dim"]))
    return (value,) * int(config["head_dim"])


MUSE_GLIMMER = Architecture(
    name="Muse Glimmer",
    model_types=("muse_glimmer",),
    gguf="muse-glimmer",
    names_like="afmoe",  # the same tensors; gguf 0.19 does not know muse-glimmer
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/muse-glimmer.cpp: output is required",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/muse_glimmer.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=False,
    defaults=DEFAULTS,
    prefixes=WRAPPERS,
    dropped={
        **VISION_DROPPED,
        **dict.fromkeys(("vision_adapter.", "vision_projection.", "model.vision_"), TEXT_ONLY),
    },
    tensors=(
        *embedding_norm_head(),
        *(
            vector(LAYER + name, change=PLUS_ONE)
            for name in (
                "input_layernorm",
                "post_attention_layernorm",
                "pre_feedforward_layernorm",
                "post_feedforward_layernorm",
            )
        ),
        *without_biases(attention(q=rotary_rows("heads"), k=rotary_rows("kv_heads"))),
        TensorRule(LAYER + "self_attn.gate_proj.weight", ("q_dim", "hidden")),
        *without_biases(mlp()),
    ),
    metadata=(  # llama.cpp conversion/muse_glimmer.py
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.FINAL_LOGIT_SOFTCAPPING, F32, ("final_logit_softcapping",)),
        ConfigRow(Keys.LLM.LOGIT_SCALE, F32, ("output_multiplier",)),
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",)),
        ConfigRow(
            Keys.Attention.SLIDING_WINDOW_PATTERN, BOOL, value=lambda c: [kind == SLIDING for kind in c["layer_types"]]
        ),
    ),
    computed=(  # the norms have no weights; that of queries takes the scale
        ComputedTensor("blk.{bid}.attn_q_norm.weight", lambda c: _repeated(c, c["qk_scale_factor"]), per_layer=True),
        ComputedTensor("blk.{bid}.attn_k_norm.weight", lambda c: _repeated(c, 1.0), per_layer=True),
    ),
    requirements=(  # llama.cpp src/models/muse-glimmer.cpp
        one_of("hidden_activation", "silu"),
        NO_OUTPUT_BIAS,
        rope_scaling(by="mlx-lm"),
        one_of("post_norm_eps", 1e-8),
        Requirement("layer_types", text("layers of both kinds"), _kinds_fit),
        Requirement(
            "layer_rope_theta", text("rope in layers with a window only"), lambda c: c["layer_rope_theta"] == _bases(c)
        ),
    ),
    sizes=decoder_sizes,
)

FAMILIES = (MUSE_GLIMMER,)
