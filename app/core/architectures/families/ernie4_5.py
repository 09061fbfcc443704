"""ERNIE 4.5, dense and as a mixture of experts: rotates neighbours, so that no rows move."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import U32, Config, ConfigRow, setting
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
from app.core.architectures.requirements import MLX_DOES_NOT_SCALE, Requirement, never, one_of, rope_scaling
from app.core.text import text

ATTENTION = (
    vector(LAYER + "input_layernorm"),
    vector(LAYER + "post_attention_layernorm"),
    *without_biases(attention()),
)
REQUIREMENTS = (  # llama.cpp src/models/ernie4-5.cpp and ernie4-5-moe.cpp
    one_of("hidden_act", "silu"),
    never("use_bias", text("feed-forward networks without biases")),
    rope_scaling("linear", "yarn"),
    MLX_DOES_NOT_SCALE,
)

ERNIE = Architecture(
    name="ERNIE 4.5",
    model_types=("ernie4_5",),
    gguf="ernie4_5",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/ernie4-5.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/ernie4_5.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=True,
    tensors=(*embedding_norm_head(), *ATTENTION, *without_biases(mlp())),
    metadata=DECODER_METADATA,
    requirements=REQUIREMENTS,
    sizes=decoder_sizes,
)


def _sizes(config: Config, layer: int) -> dict[str, int]:
    shared = (setting(config, "moe_num_shared_experts") or 0) * config["moe_intermediate_size"]
    sizes = {**decoder_sizes(config, layer), "experts": config["moe_num_experts"], "shared_intermediate": shared}
    return {name: size for name, size in sizes.items() if size}


def _has_experts(config: Config, layer: int) -> bool:
    return bool(layer >= config["moe_layer_start_index"])


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


def _has_shared(config: Config, layer: int) -> bool:
    return _has_experts(config, layer) and bool(setting(config, "moe_num_shared_experts"))


def _shared_length(config: Config) -> int | None:
    """llama.cpp conversion/ernie.py writes just this."""
    if not setting(config, "moe_num_shared_experts"):
        return None
    return int(config["intermediate_size"] // config["num_key_value_heads"])


def _shared_fits(config: Config) -> bool:
    count = setting(config, "moe_num_shared_experts")
    return not count or _shared_length(config) == count * config["moe_intermediate_size"]


def _last_fits(config: Config) -> bool:
    return setting(config, "moe_layer_end_index") in (None, -1, config["num_hidden_layers"] - 1)


ERNIE_MOE = replace(
    ERNIE,
    name="ERNIE 4.5 MoE",
    model_types=("ernie4_5_moe",),
    gguf="ernie4_5-moe",
    mlx_head_source="mlx-lm models/ernie4_5_moe.py: no lm_head when tie_word_embeddings is set",
    # transformers models/ernie4_5_moe/configuration_ernie4_5_moe.py, Ernie4_5_MoeConfig
    defaults={
        "moe_intermediate_size": 1536,
        "moe_k": 6,
        "moe_num_shared_experts": 2,
        "moe_layer_start_index": 1,
        "moe_layer_interval": 1,
    },
    dropped={f"model.mtp_{part}.": MTP for part in ("block", "emb_norm", "hidden_norm", "linear_proj")},
    tensors=(
        *embedding_norm_head(),
        *ATTENTION,
        *without_biases(mlp(layers=_is_dense)),
        TensorRule(LAYER + "mlp.gate.weight", ("experts", "hidden"), layers=_has_experts),
        # mlx-lm models/ernie4_5_moe.py, sanitize, throws it away, and computes without it
        TensorRule(
            LAYER + "mlp.moe_statics.e_score_correction_bias",
            ("experts",),
            mapped=LAYER + "mlp.moe_statics.e_score_correction.bias",
            optional=True,
            layers=_has_experts,
        ),
        *experts(layers=_has_experts),
        *without_biases(mlp(LAYER + "mlp.shared_experts", "shared_intermediate", _has_shared)),
    ),
    metadata=(  # llama.cpp conversion/ernie.py, Ernie4_5MoeModel.set_gguf_parameters
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.EXPERT_COUNT, U32, ("moe_num_experts",)),
        ConfigRow(Keys.LLM.EXPERT_USED_COUNT, U32, ("moe_k",)),
        ConfigRow(Keys.LLM.INTERLEAVE_MOE_LAYER_STEP, U32, ("moe_layer_interval",)),
        ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, ("moe_layer_start_index",)),
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(Keys.LLM.EXPERT_SHARED_COUNT, U32, ("moe_num_shared_experts",)),
        ConfigRow(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, U32, value=_shared_length),
    ),
    requirements=(
        *REQUIREMENTS,
        one_of("moe_gate_act", "softmax"),
        one_of("moe_layer_interval", 1),
        Requirement("moe_layer_end_index", text("experts up to the last layer"), _last_fits),
        Requirement(
            "moe_num_shared_experts", text("shared experts as long as llama.cpp takes them to be"), _shared_fits
        ),
    ),
    sizes=_sizes,
)

FAMILIES = (ERNIE, ERNIE_MOE)
