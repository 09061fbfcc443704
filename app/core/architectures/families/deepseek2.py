"""DeepSeek V2, V3 and their look-alikes: latent attention, of which GGUF holds the two halves of kv_b apart."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import LAYER, decoder_sizes, ends, experts, linear, mlp, vector
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.ops import Op, Pick, Rows, Transpose
from app.core.architectures.requirements import Requirement, never, one_of, rope_scaling

AT = LAYER + "self_attn"
LITE_LAYERS = (26, 27)  # only models of that many layers may have no q_lora_rank; llama.cpp src/models/deepseek2.cpp
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
        "shared_ff": (config.get("n_shared_experts") or 0) * (config.get("moe_intermediate_size") or 0),
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


def _key_rows(layer: Layer) -> Op:
    return _half(layer, 0, layer.sizes["nope"])


def _value_rows(layer: Layer) -> Op:
    return _half(layer, layer.sizes["nope"], layer.sizes["nope"] + layer.sizes["value"])


def _half(layer: Layer, first: int, last: int) -> Op:
    heads, width = layer.sizes["heads"], layer.sizes["nope"] + layer.sizes["value"]
    return Rows((Pick((heads, width), part=((0, heads), (first, last))),), "part of kv_b")


def _transposed(layer: Layer) -> Op:
    return Transpose(layer.sizes["nope"])


WHOLE = ("heads*(nope+value)", "kv_rank")
# mlx-lm models/deepseek_v2.py keeps kv_b_proj whole
KV_B = (
    TensorRule(
        f"{AT}.kv_b_proj.weight",
        WHOLE,
        (_key_rows, _transposed),
        mapped=f"{AT}.k_b_proj.weight",
        written=("heads", "kv_rank", "nope"),
    ),
    TensorRule(
        f"{AT}.kv_b_proj.weight",
        WHOLE,
        (_value_rows,),
        mapped=f"{AT}.v_b_proj.weight",
        written=("heads", "value", "kv_rank"),
    ),
)
# mlx-lm models/deepseek_v3.py saves the halves, the first one transposed, under names of its own
SPLIT_KV_B = tuple(
    replace(rule, saved=f"{AT}.{name}.weight", remaining=())
    for rule, name in zip(KV_B, ("embed_q", "unembed_out"), strict=True)
)

ATTENTION = (
    *linear(f"{AT}.q_a_proj", "q_rank", "hidden", layers=_has_q_rank),
    vector(f"{AT}.q_a_layernorm", "q_rank", layers=_has_q_rank),
    TensorRule(f"{AT}.q_b_proj.weight", ("heads*(nope+rope)", "q_rank"), layers=_has_q_rank),
    TensorRule(
        f"{AT}.q_proj.weight", ("heads*(nope+rope)", "hidden"), layers=lambda config, _: not config.get("q_lora_rank")
    ),
    *linear(f"{AT}.kv_a_proj_with_mqa", "kv_rank+rope", "hidden"),
    vector(f"{AT}.kv_a_layernorm", "kv_rank"),
    *linear(f"{AT}.o_proj", "hidden", "heads*value"),
)
NORMS = (vector(LAYER + "input_layernorm"), vector(LAYER + "post_attention_layernorm"))
FEED_FORWARD = (
    *mlp(layers=is_dense),
    TensorRule(LAYER + "mlp.gate.weight", ("experts", "hidden"), layers=has_experts),
    TensorRule(
        LAYER + "mlp.gate.e_score_correction_bias",
        ("experts",),
        mapped=LAYER + "mlp.gate.e_score_correction.bias",
        optional=True,
        layers=has_experts,
    ),
    *experts(layers=has_experts),
    *mlp(LAYER + "mlp.shared_experts", "shared_ff", layers=_has_shared),
)


def _dense_count(config: Config) -> int:
    return int(config["first_k_dense_replace"] if setting(config, "n_routed_experts") else config["num_hidden_layers"])


def _log_mul(config: Config) -> float | None:
    scale = setting(config["rope_scaling"], "mscale_all_dim")
    return None if scale is None else LOG_MUL * scale


ATTN = Keys.Attention
METADATA = (  # llama.cpp conversion/deepseek.py, DeepseekV2Model.set_gguf_parameters
    *DECODER_METADATA,
    ConfigRow(ATTN.HEAD_COUNT_KV, U32, value=lambda _: 1),  # latent attention has one group
    ConfigRow(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, U32, value=_dense_count),
    ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
    ConfigRow(ATTN.Q_LORA_RANK, U32, ("q_lora_rank",)),
    ConfigRow(ATTN.KV_LORA_RANK, U32, ("kv_lora_rank",)),
    ConfigRow(ATTN.KEY_LENGTH, U32, value=lambda c: c["kv_lora_rank"] + c["qk_rope_head_dim"]),
    ConfigRow(ATTN.VALUE_LENGTH, U32, ("kv_lora_rank",)),
    ConfigRow(ATTN.KEY_LENGTH_MLA, U32, value=lambda c: c["qk_nope_head_dim"] + c["qk_rope_head_dim"]),
    ConfigRow(ATTN.VALUE_LENGTH_MLA, U32, ("v_head_dim",)),
    ConfigRow(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, U32, ("moe_intermediate_size", "intermediate_size")),
    ConfigRow(Keys.LLM.EXPERT_SHARED_COUNT, U32, value=lambda c: setting(c, "n_shared_experts") or 0),
    ConfigRow(Keys.LLM.EXPERT_WEIGHTS_SCALE, F32, ("routed_scaling_factor",)),
    ConfigRow(Keys.LLM.EXPERT_WEIGHTS_NORM, BOOL, value=lambda c: setting(c, "norm_topk_prob") or None),
    ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("qk_rope_head_dim",)),
    ConfigRow(Keys.Rope.SCALING_YARN_LOG_MUL, F32, value=_log_mul),
)

DEEPSEEK3 = Architecture(
    name="DeepSeek V3",
    model_types=("deepseek_v3",),
    gguf="deepseek2",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/deepseek2.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.PRESENCE,
    mlx_head_source="mlx-lm models/deepseek_v3.py: always has a head",
    ties_by_default=False,
    defaults=DEFAULTS_V3,
    tensors=(*ends(), *NORMS, *ATTENTION, *SPLIT_KV_B, *FEED_FORWARD),
    metadata=METADATA,
    requirements=(
        one_of("hidden_act", "silu"),
        never("attention_bias", "attention without biases"),
        rope_scaling("yarn"),
        Requirement(
            "q_lora_rank",
            "models without it of 26 or 27 layers",
            lambda c: bool(c.get("q_lora_rank")) or c["num_hidden_layers"] in LITE_LAYERS,
        ),
        Requirement(
            "moe_layer_freq",
            "experts in every layer after the dense ones",
            lambda c: c.get("moe_layer_freq") in (None, 1),
        ),
    ),
    sizes=latent_sizes,
)

FAMILIES = (DEEPSEEK3,)
