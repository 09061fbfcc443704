"""Jamba: Mamba in most layers, attention without positions in a few; experts in every other feed-forward network."""

from collections.abc import Mapping

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, I32, U32, Config, ConfigRow
from app.core.architectures.decoder import LAYER, attention, decoder_sizes, experts, mlp, vector, without_biases
from app.core.architectures.ops import NOTHING, NegativeExp, on_values
from app.core.architectures.requirements import CONVOLUTION_BIAS, Requirement, never, one_of
from app.core.text import text

AT, FORWARD = LAYER + "mamba", LAYER + "feed_forward"
EXPANSION = 2  # llama.cpp src/models/jamba.cpp
RANK_SHARE = 16  # transformers models/jamba/configuration_jamba.py, JambaConfig: mamba_dt_rank "auto"

# same file
DEFAULTS = {
    "mamba_dt_rank": "auto",
}


def _rank(config: Config) -> int:
    found = config["mamba_dt_rank"]
    return -(-int(config["hidden_size"]) // RANK_SHARE) if found == "auto" else found


def _sizes(config: Config, layer: int) -> Mapping[str, int]:
    inner, rank, state = config["mamba_expand"] * config["hidden_size"], _rank(config), config["mamba_d_state"]
    return {
        **decoder_sizes(config, layer),
        "expert_intermediate": config["intermediate_size"],
        "inner": inner,
        "2*inner": 2 * inner,
        "kernel": config["mamba_d_conv"],
        "rank": rank,
        "state": state,
        "rank+2*state": rank + 2 * state,
    }


def _is_attention(config: Config, layer: int) -> bool:
    return bool(layer % config["attn_layer_period"] == config["attn_layer_offset"])


def _is_mamba(config: Config, layer: int) -> bool:
    return not _is_attention(config, layer)


def _has_experts(config: Config, layer: int) -> bool:
    return config["num_experts"] > 1 and bool(layer % config["expert_layer_period"] == config["expert_layer_offset"])


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


def _groups(config: Config) -> list[int]:
    layers = range(config["num_hidden_layers"])
    return [config["num_key_value_heads"] if _is_attention(config, layer) else 0 for layer in layers]


def _kinds_fit(config: Config) -> bool:
    kinds = ["attention" if count else "mamba" for count in _groups(config)]
    return config.get("layers_block_type") in (None, kinds)


def _mamba(name: str, *shape: str) -> TensorRule:
    return TensorRule(f"{AT}.{name}", shape, on_values(NegativeExp()) if name == "A_log" else NOTHING, layers=_is_mamba)


JAMBA = Architecture(
    name="Jamba",
    model_types=("jamba",),
    gguf="jamba",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/jamba.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/jamba.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=True,
    unties_as_published=True,  # transformers JambaConfig
    defaults=DEFAULTS,
    tensors=(
        TensorRule("model.embed_tokens.weight", ("vocabulary", "hidden")),
        vector("model.final_layernorm"),
        TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "pre_ff_layernorm"),
        *without_biases(attention(layers=_is_attention)),
        _mamba("in_proj.weight", "2*inner", "hidden"),
        _mamba("conv1d.weight", "inner", "kernel"),
        _mamba("conv1d.bias", "inner"),
        _mamba("x_proj.weight", "rank+2*state", "inner"),
        _mamba("dt_layernorm.weight", "rank"),
        _mamba("dt_proj.weight", "inner", "rank"),
        _mamba("dt_proj.bias", "inner"),
        _mamba("b_layernorm.weight", "state"),
        _mamba("c_layernorm.weight", "state"),
        _mamba("A_log", "inner", "state"),
        _mamba("D", "inner"),
        _mamba("out_proj.weight", "hidden", "inner"),
        TensorRule(f"{FORWARD}.router.weight", ("experts", "hidden"), layers=_has_experts),
        *experts(FORWARD, mapped=LAYER + "mlp.experts", layers=_has_experts),
        *without_biases(mlp(FORWARD, layers=_is_dense)),
    ),
    metadata=(  # llama.cpp conversion/jamba.py
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("num_hidden_layers",)),
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("max_position_embeddings",)),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("hidden_size",)),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, ("intermediate_size",)),
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("num_attention_heads",)),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, I32, value=_groups),
        ConfigRow(Keys.SSM.CONV_KERNEL, U32, ("mamba_d_conv",)),
        ConfigRow(Keys.SSM.INNER_SIZE, U32, value=lambda c: c["mamba_expand"] * c["hidden_size"]),
        ConfigRow(Keys.SSM.STATE_SIZE, U32, ("mamba_d_state",)),
        ConfigRow(Keys.SSM.TIME_STEP_RANK, U32, ("mamba_dt_rank",), value=_rank),
        ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, ("rms_norm_eps",)),
        ConfigRow(Keys.LLM.EXPERT_COUNT, U32, ("num_experts",)),
        ConfigRow(Keys.LLM.EXPERT_USED_COUNT, U32, ("num_experts_per_tok",)),
    ),
    requirements=(  # llama.cpp src/models/jamba.cpp
        one_of("hidden_act", "silu"),
        one_of("mamba_expand", EXPANSION),
        CONVOLUTION_BIAS,
        never("mamba_proj_bias", text("projections without biases")),
        never("sliding_window", text("attention to everything")),
        Requirement("layers_block_type", text("attention where attn_layer_period and _offset say"), _kinds_fit),
        Requirement(
            "head_dim",
            text("heads that fill hidden_size"),
            lambda c: c.get("head_dim") in (None, c["hidden_size"] // c["num_attention_heads"]),
        ),
    ),
    sizes=_sizes,
)

FAMILIES = (JAMBA,)
