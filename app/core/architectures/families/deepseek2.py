"""DeepSeek V2, V3 and their look-alikes: latent attention, of which GGUF holds the two halves of kv_b apart."""

from dataclasses import replace
from typing import Any

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    decoder_sizes,
    embedding_norm_head,
    experts,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.families.glm4_moe import ROLES
from app.core.architectures.ops import NOTHING, Change, Pick, Rows, Transpose
from app.core.architectures.requirements import Requirement, never, one_of, rope_scaling
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

AT = LAYER + "self_attn"
LITE_LAYERS = (26, 27)  # models of that many layers have no q_lora_rank; llama.cpp src/models/deepseek2.cpp
LITE_LAYERS_AND_TOKENS = (48, 128256)  # and this one
LOG_MUL = 0.1  # llama.cpp conversion/deepseek.py, TAG_DEEPSEEK2_YARN_LOG_MUL_FIX

# transformers models/deepseek_v3/configuration_deepseek_v3.py, DeepseekV3Config
DEFAULTS_V3 = {
    "hidden_size": 7168,
    "intermediate_size": 18432,
    "moe_intermediate_size": 2048,
    "num_hidden_layers": 61,
    "num_attention_heads": 128,
    "n_shared_experts": 1,
    "n_routed_experts": 256,
    "routed_scaling_factor": 2.5,
    "kv_lora_rank": 512,
    "q_lora_rank": 1536,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "qk_nope_head_dim": 128,
    "n_group": 8,
    "topk_group": 4,
    "num_experts_per_tok": 8,
    "first_k_dense_replace": 3,
    "norm_topk_prob": True,
    "scoring_func": "sigmoid",  # the published implementation knows nothing else; llama.cpp would take softmax
    "max_position_embeddings": 4096,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
}


def latent_sizes(config: Config, layer: int) -> dict[str, int]:
    """Sizes of latent attention beside those of every decoder."""
    nope, rope, value = config["qk_nope_head_dim"], config["qk_rope_head_dim"], config["v_head_dim"]
    heads = config["num_attention_heads"]
    sizes = {
        **decoder_sizes(config, layer),
        "q_rank": config.get("q_lora_rank"),
        "kv_rank": config["kv_lora_rank"],
        "kv_rank+rope": config["kv_lora_rank"] + rope,
        "nope": nope,
        "value": value,
        "heads*(nope+rope)": heads * (nope + rope),
        "heads*(nope+value)": heads * (nope + value),
        "heads*value": heads * value,
        "shared_intermediate": (config.get("n_shared_experts") or 0) * (config.get("moe_intermediate_size") or 0),
    }
    return {name: size for name, size in sizes.items() if size}


def has_experts(config: Config, layer: int) -> bool:
    """Whether a layer is a mixture of experts; the first ones are not."""
    every = config.get("moe_layer_freq") or 1
    return bool(setting(config, "n_routed_experts")) and layer >= config["first_k_dense_replace"] and layer % every == 0


def is_dense(config: Config, layer: int) -> bool:
    """Whether a layer is no mixture of experts."""
    return not has_experts(config, layer)


def _has_shared(config: Config, layer: int) -> bool:
    return has_experts(config, layer) and bool(config.get("n_shared_experts"))


def _has_q_rank(config: Config, _layer: int) -> bool:
    return bool(config.get("q_lora_rank"))


def _keys(layer: Layer) -> Change:
    return Change(_half(layer, 0, layer.sizes["nope"]), Transpose(layer.sizes["nope"]))


def _values(layer: Layer) -> Change:
    return Change(_half(layer, layer.sizes["nope"], layer.sizes["nope"] + layer.sizes["value"]))


def _half(layer: Layer, first: int, last: int) -> Rows:
    heads, width = layer.sizes["heads"], layer.sizes["nope"] + layer.sizes["value"]
    return Rows((Pick((heads, width), part=((0, heads), (first, last))),), text("part of kv_b"))


WHOLE = ("heads*(nope+value)", "kv_rank")
# mlx-lm models/deepseek_v2.py keeps kv_b_proj whole
KV_B = (
    TensorRule(
        f"{AT}.kv_b_proj.weight",
        WHOLE,
        _keys,
        mapped=f"{AT}.k_b_proj.weight",
        written=("heads", "kv_rank", "nope"),
    ),
    TensorRule(
        f"{AT}.kv_b_proj.weight",
        WHOLE,
        _values,
        mapped=f"{AT}.v_b_proj.weight",
        written=("heads", "value", "kv_rank"),
    ),
)
# mlx-lm models/deepseek_v3.py saves the halves, the first one transposed, under names of its own
SPLIT_KV_B = tuple(
    replace(rule, saved=f"{AT}.{name}.weight", remaining=NOTHING)
    for rule, name in zip(KV_B, ("embed_q", "unembed_out"), strict=True)
)

ATTENTION = (
    TensorRule(f"{AT}.q_a_proj.weight", ("q_rank", "hidden"), layers=_has_q_rank),
    vector(f"{AT}.q_a_layernorm", "q_rank", layers=_has_q_rank),
    TensorRule(f"{AT}.q_b_proj.weight", ("heads*(nope+rope)", "q_rank"), layers=_has_q_rank),
    TensorRule(
        f"{AT}.q_proj.weight", ("heads*(nope+rope)", "hidden"), layers=lambda config, _: not config.get("q_lora_rank")
    ),
    TensorRule(f"{AT}.kv_a_proj_with_mqa.weight", ("kv_rank+rope", "hidden")),
    vector(f"{AT}.kv_a_layernorm", "kv_rank"),
    TensorRule(f"{AT}.o_proj.weight", ("hidden", "heads*value")),
)
NORMS = (vector(LAYER + "input_layernorm"), vector(LAYER + "post_attention_layernorm"))
FEED_FORWARD = (
    *without_biases(mlp(layers=is_dense)),
    TensorRule(LAYER + "mlp.gate.weight", ("experts", "hidden"), layers=has_experts),
    TensorRule(
        LAYER + "mlp.gate.e_score_correction_bias",
        ("experts",),
        mapped=LAYER + "mlp.gate.e_score_correction.bias",
        optional=True,
        layers=has_experts,
    ),
    *experts(layers=has_experts),
    *without_biases(mlp(LAYER + "mlp.shared_experts", "shared_intermediate", layers=_has_shared)),
)


def _dense_count(config: Config) -> Any:
    return config["first_k_dense_replace" if setting(config, "n_routed_experts") else "num_hidden_layers"]


def _log_mul(config: Config) -> float | None:
    scale = setting(config["rope_scaling"], "mscale_all_dim")
    return None if scale is None else LOG_MUL * scale


ATTN = Keys.Attention
METADATA = (  # llama.cpp conversion/deepseek.py, DeepseekV2Model.set_gguf_parameters
    *DECODER_METADATA,
    ConfigRow(ATTN.HEAD_COUNT_KV, U32, value=lambda _: 1),  # latent attention has one group
    ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, ("first_k_dense_replace",), value=_dense_count),
    ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
    ConfigRow(ATTN.Q_LORA_RANK, U32, ("q_lora_rank",)),
    ConfigRow(ATTN.KV_LORA_RANK, U32, ("kv_lora_rank",)),
    ConfigRow(ATTN.KEY_LENGTH, U32, value=lambda c: c["kv_lora_rank"] + c["qk_rope_head_dim"]),
    ConfigRow(ATTN.VALUE_LENGTH, U32, ("kv_lora_rank",)),
    ConfigRow(ATTN.KEY_LENGTH_MLA, U32, value=lambda c: c["qk_nope_head_dim"] + c["qk_rope_head_dim"]),
    ConfigRow(ATTN.VALUE_LENGTH_MLA, U32, ("v_head_dim",)),
    ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size", "intermediate_size")),
    ConfigRow(
        Keys.LLM.EXPERT_SHARED_COUNT, U32, ("n_shared_experts",), value=lambda c: setting(c, "n_shared_experts") or 0
    ),
    ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, ("routed_scaling_factor",)),
    ConfigRow(Keys.LLM.EXPERT_WEIGHTS_NORM, BOOL, value=lambda c: setting(c, "norm_topk_prob") or None),
    ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("qk_rope_head_dim",)),
    ConfigRow(Keys.Rope.SCALING_YARN_LOG_MUL, F32, ("rope_scaling.mscale_all_dim",), value=_log_mul),
)


def _q_rank_fits(config: Config) -> bool:
    """The loader reads the rank unless the model has the size of one of those that have none."""
    layers, tokens = config["num_hidden_layers"], setting(config, "vocab_size")
    is_lite = layers in LITE_LAYERS or (layers, tokens) == LITE_LAYERS_AND_TOKENS
    return bool(config.get("q_lora_rank")) != is_lite


def _shared_experts_fit(config: Config) -> bool:
    layers = range(config["num_hidden_layers"])
    return bool(setting(config, "n_shared_experts")) or not any(has_experts(config, layer) for layer in layers)


def _scales_fit(config: Config) -> bool:
    """llama.cpp does not store mscale, but takes it from mscale_all_dim: src/llama-context.cpp."""
    scaling = config["rope_scaling"]
    return not scaling or (setting(scaling, "mscale") or 1) == (setting(scaling, "mscale_all_dim") or 1)


REQUIREMENTS = (  # llama.cpp src/models/deepseek2.cpp
    one_of("hidden_act", "silu"),
    never("attention_bias", text("attention without biases")),
    never("mlp_bias", text("feed-forward networks without biases")),
    one_of("rope_interleave", True),
    rope_scaling("yarn"),
    Requirement("rope_scaling", text("mscale equal to mscale_all_dim"), _scales_fit),
    Requirement("q_lora_rank", text("models without it of 26 or 27 layers, and others with it"), _q_rank_fits),
    one_of("moe_layer_freq", 1),
    Requirement("n_shared_experts", text("shared experts beside the others"), _shared_experts_fit),
)

DEEPSEEK3 = Architecture(
    name="DeepSeek V3",
    model_types=("deepseek_v3", "kimi_k2", "joyai_llm_flash"),  # mlx-lm utils.py, MODEL_REMAPPING: one and the same
    gguf="deepseek2",
    vocabularies={"deepseek_v3": KnownVocabulary(pre_tokenizer="deepseek-v3")},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/deepseek2.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/deepseek_v3.py: always has a head",
    ties_by_default=False,
    defaults=DEFAULTS_V3,
    tensors=(*embedding_norm_head(), *NORMS, *ATTENTION, *SPLIT_KV_B, *FEED_FORWARD),
    metadata=METADATA,
    requirements=(*REQUIREMENTS, one_of("topk_method", "noaux_tc")),
    sizes=latent_sizes,
)

DEEPSEEK2 = replace(
    DEEPSEEK3,
    name="DeepSeek V2",
    model_types=("deepseek_v2",),
    mlx_head_source="mlx-lm models/deepseek_v2.py: always has a head",
    # transformers models/deepseek_v2/configuration_deepseek_v2.py, DeepseekV2Config
    defaults={
        "hidden_size": 4096,
        "intermediate_size": 11008,
        "moe_intermediate_size": 1407,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "n_shared_experts": 2,
        "n_routed_experts": 64,
        "routed_scaling_factor": 1.0,
        "kv_lora_rank": 512,
        "q_lora_rank": 1536,
        "qk_rope_head_dim": 64,
        "v_head_dim": 128,
        "qk_nope_head_dim": 128,
        "topk_method": "greedy",
        "first_k_dense_replace": 0,
        "norm_topk_prob": False,
        "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
    },
    tensors=(*embedding_norm_head(), *NORMS, *ATTENTION, *KV_B, *FEED_FORWARD),
    requirements=(
        *REQUIREMENTS,
        Requirement(
            "topk_method",
            text("the choice among the best groups of experts, or one group"),
            lambda c: c["topk_method"] == "group_limited_greedy" or (setting(c, "n_group") or 1) == 1,
        ),
        # mlx-lm models/deepseek_v2.py takes every kind for yarn
        Requirement(
            "rope_scaling",
            text("rope scaling of type yarn"),
            lambda c: c["rope_scaling"].get("rope_type") != "dynamic",
        ),
        # llama.cpp src/llama-graph.cpp, build_moe_ffn; mlx-lm models/deepseek_v2.py, MoEGate
        Requirement(
            "n_group",
            text("groups of experts that are chosen by their two best experts together, not by the best one"),
            lambda c: (setting(c, "n_group") or 1) == 1,
            is_tolerated=True,
        ),
    ),
)


def _layers_fit(config: Config) -> bool:
    dense = config["first_k_dense_replace"]
    usual = ["dense"] * dense + ["sparse"] * (config["num_hidden_layers"] - dense)
    return config.get("mlp_layer_types") in (None, usual)


GLM4_MOE_LITE = replace(
    DEEPSEEK3,
    name="GLM-4 MoE Lite",
    model_types=("glm4_moe_lite",),
    vocabularies={"glm4_moe_lite": KnownVocabulary(roles=ROLES)},
    mlx_head_source="mlx-lm models/glm4_moe_lite.py: always has a head",
    # transformers models/glm4_moe_lite/configuration_glm4_moe_lite.py, Glm4MoeLiteConfig
    defaults={
        **DEFAULTS_V3,
        "hidden_size": 2048,
        "intermediate_size": 10240,
        "moe_intermediate_size": 1536,
        "num_hidden_layers": 47,
        "num_attention_heads": 20,
        "n_routed_experts": 64,
        "routed_scaling_factor": 1.8,
        "q_lora_rank": 768,
        "v_head_dim": 256,
        "qk_nope_head_dim": 192,
        "n_group": 1,
        "topk_group": 1,
        "num_experts_per_tok": 4,
        "first_k_dense_replace": 1,
        "max_position_embeddings": 202752,
        "rms_norm_eps": 1e-5,
    },
    requirements=(
        *DEEPSEEK3.requirements,
        Requirement("mlp_layer_types", text("dense layers before those with experts"), _layers_fit),
    ),
)

FAMILIES = (DEEPSEEK3, DEEPSEEK2, GLM4_MOE_LITE)
