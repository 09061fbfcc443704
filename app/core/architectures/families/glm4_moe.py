"""GLM-4.5 to 4.7 and Solar Open: mixtures of experts whose scores are sigmoids with a correction."""

from dataclasses import replace

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
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA, GATING
from app.core.architectures.families.glm4 import rotary_size
from app.core.architectures.requirements import MLX_DOES_NOT_SCALE, Requirement, one_of, rope_scaling
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text


def _sizes(config: Config, layer: int) -> dict[str, int]:
    shared = config["n_shared_experts"] * config["moe_intermediate_size"]
    return {**decoder_sizes(config, layer), "shared_intermediate": shared}


def _has_experts(config: Config, layer: int) -> bool:
    return bool(layer >= config["first_k_dense_replace"])


def _is_dense(config: Config, layer: int) -> bool:
    return not _has_experts(config, layer)


def _has_shared(config: Config, layer: int) -> bool:
    return _has_experts(config, layer) and config["n_shared_experts"] > 0


def _has_head_norms(config: Config, _layer: int) -> bool:
    return bool(config["use_qk_norm"])


# llama.cpp conversion/glm.py
ROLES = {"bos": "[gMASK]", "eot": "<|user|>", "unk": "<|endoftext|>", "eom": "<|observation|>"}

GLM4_MOE = Architecture(
    name="GLM-4 MoE",
    model_types=("glm4_moe",),
    gguf="glm4moe",
    vocabularies={"glm4_moe": KnownVocabulary("glm4", ROLES)},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/glm4-moe.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/glm4_moe.py: always has a head",
    ties_by_default=False,
    tensors=(
        *embedding_norm_head(),
        vector(LAYER + "input_layernorm"),
        # gguf's map has two names for it; this graph reads post_attention_norm
        replace(vector(LAYER + "post_attention_layernorm"), gguf="blk.{bid}.post_attention_norm.weight"),
        *without_biases(attention(), "o_proj"),
        *head_norms(layers=_has_head_norms),
        *without_biases(mlp(layers=_is_dense)),
        TensorRule(LAYER + "mlp.gate.weight", ("experts", "hidden"), layers=_has_experts),
        TensorRule(
            LAYER + "mlp.gate.e_score_correction_bias",
            ("experts",),
            mapped=LAYER + "mlp.gate.e_score_correction.bias",
            layers=_has_experts,
        ),
        *experts(layers=_has_experts),
        *without_biases(mlp(LAYER + "mlp.shared_experts", "shared_intermediate", layers=_has_shared)),
    ),
    metadata=(  # llama.cpp conversion/glm.py, Glm4MoeModel.set_gguf_parameters
        *DECODER_METADATA,
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("partial_rotary_factor",), value=rotary_size),
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(Keys.LLM.EXPERT_SHARED_COUNT, U32, ("n_shared_experts",)),
        ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, ("first_k_dense_replace",)),
        ConfigRow(Keys.LLM.EXPERT_GATING_FUNC, U32, value=lambda _: GATING["sigmoid"]),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, ("routed_scaling_factor",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_NORM, BOOL, ("norm_topk_prob",)),
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        rope_scaling("linear", "yarn"),
        MLX_DOES_NOT_SCALE,
        one_of("scoring_func", "sigmoid"),
        one_of("topk_method", "noaux_tc"),
        Requirement("n_routed_experts", text("a mixture of experts"), lambda c: bool(setting(c, "n_routed_experts"))),
    ),
    sizes=_sizes,
)

SOLAR_OPEN = replace(
    GLM4_MOE,
    name="Solar Open",
    model_types=("solar_open",),
    mlx_head_source="mlx-lm models/solar_open.py: always has a head",
    # transformers models/solar_open/configuration_solar_open.py, SolarOpenConfig
    # transformers models/solar_open/configuration_solar_open.py, SolarOpenConfig
    defaults={"n_group": 1, "topk_group": 1, "use_qk_norm": False},
)

FAMILIES = (GLM4_MOE, SOLAR_OPEN)
