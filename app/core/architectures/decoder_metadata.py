"""The metadata that most decoders share: llama.cpp conversion/base.py, TextModel.set_gguf_parameters."""

from typing import Any

from gguf import ExpertGatingFuncType, Keys, RopeScalingType

from app.core.architectures.config_rows import F32, I32, STRING, U32, Config, ConfigRow, setting

GATING = {
    "softmax": int(ExpertGatingFuncType.SOFTMAX),
    "sigmoid": int(ExpertGatingFuncType.SIGMOID),
    "sqrtsoftplus": 4,  # llama.cpp src/llama-hparams.h; gguf 0.19 has no name for it
    "noaux_tc": int(ExpertGatingFuncType.SIGMOID),  # how dots.llm1 is published: mlx-lm models/dots1.py
}
SCALING_TYPES = {
    "linear": RopeScalingType.LINEAR,
    "yarn": RopeScalingType.YARN,
    "longrope": RopeScalingType.LONGROPE,
    "su": RopeScalingType.LONGROPE,
}
SECTIONS = 4  # time, height, width, one to spare
ORIGINAL_CONTEXT = "original_max_position_embeddings"


def _scaling_type(config: Config) -> str | None:
    kind = config["rope_scaling"].get("rope_type")
    if kind in ("linear", "yarn") and _scaling(config, "factor") is None:
        return None
    found = SCALING_TYPES.get(kind)
    return None if found is None else found.value


def _scaling(config: Config, *names: str) -> Any:
    return setting(config["rope_scaling"], *names)


def _factor(config: Config) -> Any:
    return _scaling(config, "factor") if config["rope_scaling"].get("rope_type") in ("linear", "yarn") else None


def _yarn(config: Config, *names: str) -> Any:
    is_yarn = config["rope_scaling"].get("rope_type") == "yarn" and _scaling(config, "factor") is not None
    return _scaling(config, *names) if is_yarn else None


def stated_context(config: Config) -> Any:
    """The context before rope scaling, as far as config.json tells it."""
    return setting({**config, **config["rope_scaling"]}, ORIGINAL_CONTEXT)


def original_context(config: Config) -> Any:
    """transformers modeling_rope_utils.py, standardize_rope_params, fills in the whole context where none is given."""
    return setting({**config, **config["rope_scaling"]}, ORIGINAL_CONTEXT, "max_position_embeddings")


def _yarn_context(config: Config) -> Any:
    return None if _yarn(config, "factor") is None else original_context(config)


def rope_sections(*default: int) -> ConfigRow:
    """How many pairs of a head turn with time, height and width; `default` where config.json does not say."""

    def sections(config: Config) -> list[int] | None:
        stated = _scaling(config, "mrope_section")
        found = default if default and not stated else stated
        return None if found is None else [*found, 0, 0, 0, 0][:SECTIONS]

    return ConfigRow(ROPE.DIMENSION_SECTIONS, I32, ("rope_scaling.mrope_section",), value=sections)


GATING_NAMES = (
    "score_function",
    "scoring_func",
    "score_func",
    "moe_router_activation",
    "moe_router_activation_func",
    "expert_selection_fn",
)


def _gating(config: Config) -> Any:
    """A name that nobody knows stays as it is, and is no number that the key may have."""
    name = setting(config, *GATING_NAMES)
    return None if name is None else GATING.get(str(name), str(name))


def _groups(key: str, name: str) -> ConfigRow:
    """Hunyuan-A13B is published with false for no groups; llama.cpp's converter writes that as zero."""
    return ConfigRow(key, U32, (name,), value=lambda c: 0 if c.get(name) is False else c.get(name))


ATTENTION, LLM, ROPE = Keys.Attention, Keys.LLM, Keys.Rope

DECODER_METADATA = (
    ConfigRow(LLM.BLOCK_COUNT, U32, ("n_layers", "num_hidden_layers", "n_layer", "num_layers")),
    ConfigRow(
        LLM.CONTEXT_LENGTH,
        U32,
        ("max_position_embeddings", "n_ctx", "n_positions", "max_length", "max_sequence_length", "model_max_length"),
    ),
    ConfigRow(LLM.EMBEDDING_LENGTH, U32, ("hidden_size", "n_embd", "dim")),
    ConfigRow(
        LLM.FEED_FORWARD_LENGTH,
        U32,
        ("prefix_dense_intermediate_size", "dense_intermediate_size", "intermediate_size", "n_inner", "hidden_dim"),
    ),
    ConfigRow(ATTENTION.HEAD_COUNT, U32, ("num_attention_heads", "n_head", "n_heads")),
    ConfigRow(ATTENTION.HEAD_COUNT_KV, U32, ("num_key_value_heads", "n_kv_heads")),
    ConfigRow(ROPE.SCALING_TYPE, STRING, ("rope_scaling.rope_type",), value=_scaling_type),
    ConfigRow(ROPE.SCALING_FACTOR, F32, ("rope_scaling.factor",), value=_factor),
    ConfigRow(
        ROPE.SCALING_ORIG_CTX_LEN, U32, (f"rope_scaling.{ORIGINAL_CONTEXT}", ORIGINAL_CONTEXT), value=_yarn_context
    ),
    ConfigRow(
        ROPE.SCALING_YARN_EXT_FACTOR,
        F32,
        ("rope_scaling.extrapolation_factor",),
        value=lambda c: _yarn(c, "extrapolation_factor"),
    ),
    ConfigRow(
        ROPE.SCALING_YARN_ATTN_FACTOR,
        F32,
        ("rope_scaling.attention_factor", "rope_scaling.attn_factor"),
        value=lambda c: _yarn(c, "attention_factor", "attn_factor"),
    ),
    ConfigRow(ROPE.SCALING_YARN_BETA_FAST, F32, ("rope_scaling.beta_fast",), value=lambda c: _yarn(c, "beta_fast")),
    ConfigRow(ROPE.SCALING_YARN_BETA_SLOW, F32, ("rope_scaling.beta_slow",), value=lambda c: _yarn(c, "beta_slow")),
    rope_sections(),
    ConfigRow(
        ROPE.FREQ_BASE,
        F32,
        ("global_rope_theta", "rope_global_theta", "rope_theta_global", "rope_theta", "rotary_emb_base"),
    ),
    ConfigRow(
        ROPE.FREQ_BASE_SWA,
        F32,
        ("local_rope_theta", "rope_local_theta", "rope_theta_local", "swa_rope_theta", "rope_local_base_freq"),
    ),
    ConfigRow(ATTENTION.LAYERNORM_RMS_EPS, F32, ("rms_norm_eps", "norm_eps")),
    ConfigRow(ATTENTION.LAYERNORM_EPS, F32, ("layer_norm_eps", "layer_norm_epsilon", "norm_epsilon")),
    ConfigRow(LLM.EXPERT_COUNT, U32, ("num_local_experts", "num_experts", "n_routed_experts")),
    ConfigRow(LLM.EXPERT_USED_COUNT, U32, ("num_experts_per_tok", "num_experts_per_token", "top_k_experts")),
    _groups(LLM.EXPERT_GROUP_COUNT, "n_group"),
    _groups(LLM.EXPERT_GROUP_USED_COUNT, "topk_group"),
    ConfigRow(LLM.EXPERT_GATING_FUNC, U32, GATING_NAMES, value=_gating),
    ConfigRow(ATTENTION.KEY_LENGTH, U32, ("head_dim",)),
    ConfigRow(ATTENTION.VALUE_LENGTH, U32, ("head_dim",)),
)

ROPE_BASE = 10000.0  # llama.cpp src/llama-model.cpp, load_hparams, where a file does not say


def unusual_rope_base(name: str = "rope_theta") -> ConfigRow:
    """Rope's base where it is not the usual one, for graphs that read it though their converter never writes it."""

    def base(config: Config) -> Any:
        found = setting(config, name)
        return None if found == ROPE_BASE else found

    return ConfigRow(ROPE.FREQ_BASE, F32, (name,), value=base)
