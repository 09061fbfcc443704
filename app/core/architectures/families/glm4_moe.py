"""GLM 4.5 and later mixtures of experts: the first layers dense, one shared expert, experts chosen by sigmoid."""

from dataclasses import replace

from gguf import ExpertGatingFuncType, Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow
from app.core.architectures.decoder import LAYER, attention, decoder_sizes, ends, head_norms, vector
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.families.deepseek2 import FEED_FORWARD
from app.core.architectures.families.glm4 import rotated
from app.core.architectures.requirements import Requirement, one_of, rope_scaling

# transformers models/glm4_moe/configuration_glm4_moe.py, Glm4MoeConfig
DEFAULTS = {
    "hidden_size": 4096,
    "intermediate_size": 10944,
    "num_hidden_layers": 46,
    "num_attention_heads": 96,
    "num_key_value_heads": 8,
    "max_position_embeddings": 131072,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "partial_rotary_factor": 0.5,
    "moe_intermediate_size": 1408,
    "num_experts_per_tok": 8,
    "n_shared_experts": 1,
    "n_routed_experts": 128,
    "routed_scaling_factor": 1.0,
    "n_group": 1,
    "topk_group": 1,
    "first_k_dense_replace": 1,
    "norm_topk_prob": True,
    "use_qk_norm": False,
}


def sizes_with_shared(config: Config, layer: int) -> dict[str, int]:
    """With the width of all shared experts together."""
    shared = (config.get("n_shared_experts") or 0) * config["moe_intermediate_size"]
    return {**decoder_sizes(config, layer), "shared_ff": shared}


def _has_norms(config: Config, _layer: int) -> bool:
    return bool(config["use_qk_norm"])


def _no_further_tokens(config: Config) -> int | None:
    """mlx-lm leaves out the layers that predict further tokens: only a config that has none says so in the file."""
    return 0 if config.get("num_nextn_predict_layers") == 0 else None


GLM4_MOE = Architecture(
    name="GLM 4.5",
    model_types=("glm4_moe",),
    gguf="glm4moe",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/glm4-moe.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/glm4_moe.py: always has a head",
    ties_by_default=False,  # transformers Glm4MoeConfig
    defaults=DEFAULTS,
    tensors=(
        *ends(),
        vector(LAYER + "input_layernorm"),
        vector(LAYER + "post_attention_layernorm"),
        *attention(),
        *head_norms(layers=_has_norms),
        *(replace(rule, optional=False) if "correction_bias" in rule.name else rule for rule in FEED_FORWARD),
    ),
    metadata=(  # llama.cpp conversion/glm.py, Glm4MoeModel.set_gguf_parameters
        *DECODER_METADATA,
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=rotated),
        ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size",)),
        ConfigRow(Keys.LLM.EXPERT_SHARED_COUNT, U32, ("n_shared_experts",)),
        ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, ("first_k_dense_replace",)),
        ConfigRow(Keys.LLM.EXPERT_GATING_FUNC, U32, value=lambda _: int(ExpertGatingFuncType.SIGMOID)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, ("routed_scaling_factor",)),
        ConfigRow(Keys.LLM.EXPERT_WEIGHTS_NORM, BOOL, ("norm_topk_prob",)),
        ConfigRow(Keys.LLM.NEXTN_PREDICT_LAYERS, U32, value=_no_further_tokens),
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        one_of("scoring_func", "sigmoid"),
        one_of("topk_method", "noaux_tc"),
        rope_scaling("linear", "yarn"),
        Requirement("n_routed_experts", "experts", lambda c: bool(c["n_routed_experts"])),
    ),
    sizes=sizes_with_shared,
)

FAMILIES = (GLM4_MOE,)
