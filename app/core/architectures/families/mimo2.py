"""MiMo V2: two kinds of attention layers with their own number of keys, values narrower than keys, sinks."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    experts,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.further_tokens import MTP
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, never, one_of, rope_scaling
from app.core.text import text

AT = LAYER + "self_attn"

# transformers models/mimo_v2_flash/configuration_mimo_v2_flash.py, MiMoV2FlashConfig; what only the published
# implementation has names for: mlx-lm models/mimo_v2_flash.py
DEFAULTS = {
    "swa_num_key_value_heads": lambda config: config["num_key_value_heads"],
}


def _is_sliding(config: Config, layer: int) -> bool:
    return bool(config["hybrid_layer_pattern"][layer] == 1)


def _has_sinks(config: Config, layer: int) -> bool:
    sliding = _is_sliding(config, layer)
    return bool(config.get("add_swa_attention_sink_bias" if sliding else "add_full_attention_sink_bias"))


def _has_experts(config: Config, layer: int) -> bool:
    return bool(config["moe_layer_freq"][layer] == 1)


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


def _group_count(config: Config, layer: int) -> int:
    return int(config["swa_num_key_value_heads" if _is_sliding(config, layer) else "num_key_value_heads"])


def _sizes(config: Config, layer: int) -> dict[str, int]:
    kv_heads, value = _group_count(config, layer), config["v_head_dim"]
    return {
        **decoder_sizes({**config, "num_key_value_heads": kv_heads}, layer),
        "values": kv_heads * value,
        "heads*value": config["num_attention_heads"] * value,
    }


q, k, v, o = without_biases(attention())

TENSORS = (
    *embedding_norm_head(),
    vector(LAYER + "input_layernorm"),
    vector(LAYER + "post_attention_layernorm"),
    q,
    k,
    replace(v, shape=("values", "hidden")),
    replace(o, shape=("hidden", "heads*value")),
    TensorRule(f"{AT}.attention_sink_bias", ("heads",), mapped=f"{AT}.attention_sink_bias.weight", layers=_has_sinks),
    *without_biases(mlp(layers=_is_dense)),
    TensorRule(LAYER + "mlp.gate.weight", ("experts", "hidden"), layers=_has_experts),
    TensorRule(
        LAYER + "mlp.gate.e_score_correction_bias",
        ("experts",),
        mapped=LAYER + "mlp.gate.e_score_correction.bias",
        layers=_has_experts,
    ),
    *experts(layers=_has_experts),
)


def _group_counts(config: Config) -> list[int]:
    return [_group_count(config, layer) for layer in range(config["num_hidden_layers"])]


def _same(name: str) -> Requirement:
    """Layers with a window have this in common with the others."""
    return Requirement(
        f"swa_{name}",
        text("the same as {setting}", setting=name),
        lambda c: setting(c, f"swa_{name}") in (None, c[name]),
    )


def _pattern_fits(config: Config) -> bool:
    pattern = config["hybrid_layer_pattern"]
    return len(pattern) == config["num_hidden_layers"] and set(pattern) == {0, 1}


MIMO2 = Architecture(
    name="MiMo V2",
    model_types=("mimo_v2_flash",),
    gguf="mimo2",
    head=Head.REQUIRED,
    head_source="llama.cpp src/models/mimo2.cpp: output is required",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/mimo_v2_flash.py: always has a head",
    ties_by_default=False,
    defaults=DEFAULTS,
    dropped={"model.mtp.": MTP},
    tensors=TENSORS,
    metadata=(  # llama.cpp conversion/mimo.py, MimoV2Model.set_gguf_parameters
        *DECODER_METADATA,
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, value=_group_counts),
        # mlx-lm reads sliding_window_size; transformers 5 adds 1 to it for its own sliding_window
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window_size", "sliding_window")),
        ConfigRow(
            Keys.Attention.SLIDING_WINDOW_PATTERN,
            U32,
            ("hybrid_layer_pattern",),
            value=lambda c: list(c["hybrid_layer_pattern"]),
        ),
        ConfigRow(Keys.Attention.VALUE_LENGTH, U32, ("v_head_dim",)),
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(
            Keys.Rope.DIMENSION_COUNT,
            U32,
            ("partial_rotary_factor",),
            value=lambda c: int(c["head_dim"] * c["partial_rotary_factor"]),
        ),
        ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, ("layernorm_epsilon",)),
        # gguf 0.19 has no name for this key
        ConfigRow("{arch}.attention.value_scale", F32, ("attention_value_scale",)),
    ),
    requirements=(  # llama.cpp src/models/mimo2.cpp
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        rope_scaling(by="mlx-lm"),
        _same("num_attention_heads"),
        _same("head_dim"),
        _same("v_head_dim"),
        one_of("scoring_func", "sigmoid"),
        one_of("topk_method", "noaux_tc"),
        one_of("norm_topk_prob", True),
        one_of("routed_scaling_factor", 1.0),
        never("n_shared_experts", text("experts without shared ones")),
        Requirement("hybrid_layer_pattern", text("layers of both kinds"), _pattern_fits),
    ),
    sizes=_sizes,
)

FAMILIES = (MIMO2,)
