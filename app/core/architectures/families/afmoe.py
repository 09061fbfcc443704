"""Arcee Trinity (AFMoE): a gate on attention's output, norms before and after, rope in sliding windows only."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    experts,
    head_norms,
    head_size,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, one_of, rope_scaling
from app.core.text import text

PERIOD = 4  # llama.cpp src/models/afmoe.cpp, load_arch_hparams
AT = LAYER + "mlp"

# transformers models/afmoe/configuration_afmoe.py, AfmoeConfig
DEFAULTS = {
    "hidden_size": 2048,
    "intermediate_size": 6144,
    "moe_intermediate_size": 1408,
    "num_hidden_layers": 32,
    "num_dense_layers": 1,
    "num_attention_heads": 16,
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "head_dim": 128,
    "max_position_embeddings": 16384,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "num_experts": 64,
    "num_experts_per_tok": 6,
    "num_shared_experts": 2,
    "route_scale": 1.0,
    "sliding_window": 1024,
    "route_norm": True,  # these three are mlx-lm's: models/afmoe.py, ModelArgs
    "score_func": "sigmoid",
    "mup_enabled": True,
}


def _has_experts(config: Config, layer: int) -> bool:
    return bool(layer >= config["num_dense_layers"])


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


def _has_shared(config: Config, layer: int) -> bool:
    return _has_experts(config, layer) and bool(setting(config, "num_shared_experts"))


def _pattern_fits(config: Config) -> bool:
    layers = range(1, config["num_hidden_layers"] + 1)
    kinds = ["sliding_attention" if number % PERIOD else "full_attention" for number in layers]
    return config.get("layer_types") in (None, kinds)


def _sizes(config: Config, layer: int) -> dict[str, int]:
    shared = (setting(config, "num_shared_experts") or 0) * config["moe_intermediate_size"]
    return {**decoder_sizes(config, layer), "shared_intermediate": shared}


AFMOE = Architecture(
    name="AFMoE",
    model_types=("afmoe",),
    gguf="afmoe",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/afmoe.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/afmoe.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        vector(LAYER + "pre_mlp_layernorm"),
        vector(LAYER + "post_mlp_layernorm"),
        *without_biases(attention()),
        *head_norms(),
        TensorRule(LAYER + "self_attn.gate_proj.weight", ("q_dim", "hidden")),
        *without_biases(mlp(layers=_is_dense)),
        TensorRule(f"{AT}.router.gate.weight", ("experts", "hidden"), layers=_has_experts),
        TensorRule(f"{AT}.expert_bias", ("experts",), gguf="blk.{bid}.exp_probs_b.bias", layers=_has_experts),
        *experts(saved="experts", layers=_has_experts),
        *without_biases(mlp(f"{AT}.shared_experts", "shared_intermediate", layers=_has_shared)),
    ),
    metadata=(  # llama.cpp conversion/afmoe.py
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=head_size),
        ConfigRow(Keys.LLM.EXPERT_SHARED_COUNT, U32, ("num_shared_experts",)),
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, ("num_dense_layers",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_NORM, BOOL, ("route_norm",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, ("route_scale",)),
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",)),
    ),
    requirements=(  # llama.cpp src/models/afmoe.cpp
        one_of("hidden_act", "silu"),
        one_of("mup_enabled", True),
        NO_OUTPUT_BIAS,
        rope_scaling("linear", "yarn"),
        one_of("n_group", 1),
        one_of("score_func", "sigmoid", "softmax"),
        Requirement("layer_types", text("full attention in every fourth layer"), _pattern_fits),
        Requirement("sliding_window", text("a sliding window"), lambda c: bool(setting(c, "sliding_window"))),
    ),
    sizes=_sizes,
)

FAMILIES = (AFMOE,)
