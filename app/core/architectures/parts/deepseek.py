"""What llama.cpp's graph "deepseek2", and those made after it, have beside latent attention."""

from dataclasses import replace
from typing import Any

from gguf import Keys

from app.core.architectures.config_rows import VOCAB_SIZE, Config, constant, f32, flag, setting, u32
from app.core.architectures.layers import from_layer, where
from app.core.architectures.parts import latent, moe
from app.core.architectures.parts.decoder import mlp
from app.core.architectures.requirements import NO_MLP_BIAS, SILU, Requirement, one_of
from app.core.text import text

LITE_LAYERS = (26, 27)  # models of that many layers have no q_lora_rank; llama.cpp src/models/deepseek2.cpp
LITE_LAYERS_AND_TOKENS = (48, 128256)  # and this one
LOG_MUL = 0.1  # llama.cpp conversion/deepseek.py, TAG_DEEPSEEK2_YARN_LOG_MUL_FIX

EXPERTS = where("n_routed_experts") & from_layer("first_k_dense_replace")


def _shared_size(config: Config, _layer: int) -> dict[str, int]:
    count, size = setting(config, "n_shared_experts") or 0, setting(config, "moe_intermediate_size") or 0
    return {"shared_intermediate": count * size} if count * size else {}


SHARED_EXPERTS = replace(moe.shared_experts(layers=EXPERTS & where("n_shared_experts")), sizes=_shared_size)
FEED_FORWARD = (
    mlp(layers=EXPERTS.others),
    moe.router(bias=moe.CORRECTION, optional_bias=True, layers=EXPERTS),
    moe.experts(layers=EXPERTS),
    SHARED_EXPERTS,
)


def _dense_count(config: Config) -> Any:
    return config["first_k_dense_replace" if setting(config, "n_routed_experts") else "num_hidden_layers"]


def _log_mul(config: Config) -> float | None:
    scale = setting(config["rope_scaling"], "mscale_all_dim")
    return None if scale is None else LOG_MUL * scale


METADATA = (  # llama.cpp conversion/deepseek.py, DeepseekV2Model.set_gguf_parameters
    constant(Keys.Attention.HEAD_COUNT_KV, 1),  # latent attention has one group
    u32(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, "first_k_dense_replace", value=_dense_count),
    VOCAB_SIZE,
    latent.Q_RANK,
    latent.KV_RANK,
    latent.KEY_LENGTH,
    latent.VALUE_LENGTH,
    latent.KEY_LENGTH_OF_HEADS,
    latent.VALUE_LENGTH_OF_HEADS,
    u32(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, "moe_intermediate_size", "intermediate_size"),
    u32(Keys.LLM.EXPERT_SHARED_COUNT, "n_shared_experts", value=lambda c: setting(c, "n_shared_experts") or 0),
    moe.SCALE,
    flag(Keys.LLM.EXPERT_WEIGHTS_NORM, value=lambda c: setting(c, "norm_topk_prob") or None),
    latent.ROTARY,
    f32(Keys.Rope.SCALING_YARN_LOG_MUL, "rope_scaling.mscale_all_dim", value=_log_mul),
)


SAME_SCALES = text("mscale equal to mscale_all_dim")


def _q_rank_fits(config: Config) -> bool:
    """The loader reads the rank unless the model has the size of one of those that have none."""
    layers, tokens = config["num_hidden_layers"], setting(config, "vocab_size")
    is_lite = layers in LITE_LAYERS or (layers, tokens) == LITE_LAYERS_AND_TOKENS
    return bool(config.get("q_lora_rank")) != is_lite


def scales_fit(config: Config) -> bool:
    """llama.cpp does not store mscale, but takes it from mscale_all_dim: src/llama-context.cpp."""
    scaling = config["rope_scaling"]
    return not scaling or (setting(scaling, "mscale") or 1) == (setting(scaling, "mscale_all_dim") or 1)


REQUIREMENTS_OF_ALL = (SILU, latent.NO_BIAS, NO_MLP_BIAS, one_of("rope_interleave", True), one_of("moe_layer_freq", 1))
REQUIREMENTS = (  # llama.cpp src/models/deepseek2.cpp
    *REQUIREMENTS_OF_ALL,
    Requirement("rope_scaling", SAME_SCALES, scales_fit),
    Requirement("q_lora_rank", text("models without it of 26 or 27 layers, and others with it"), _q_rank_fits),
    Requirement(
        "n_shared_experts",
        text("shared experts beside the others"),
        lambda c: bool(setting(c, "n_shared_experts")) or not any(EXPERTS.flags(c)),
    ),
)


def _layers_fit(config: Config) -> bool:
    dense = config["first_k_dense_replace"]
    usual = ["dense"] * dense + ["sparse"] * (config["num_hidden_layers"] - dense)
    return setting(config, "mlp_layer_types") in (None, usual)


DENSE_FIRST = Requirement("mlp_layer_types", text("dense layers before those with experts"), _layers_fit)
