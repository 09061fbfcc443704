"""Kimi Linear: most layers have linear attention (KDA), the others DeepSeek's latent attention without positions."""

from app.core.architectures.parts.delta_attention import delta_attention, delta_sizes, groups, low_rank_gates
from app.core.architectures.vocabulary import *

FORWARD = LAYER + "block_sparse_moe"
CONV_KERNEL = 4  # mlx-lm models/kimi_linear.py, KimiDeltaAttention

FULL = Layers(lambda c, layer: layer + 1 in c["linear_attn_config"]["full_attn_layers"])  # they are counted from 1
LINEAR = FULL.others
EXPERTS = from_layer("first_k_dense_replace")


def _kernel(config: Config) -> int:
    return int(setting(config["linear_attn_config"], "short_conv_kernel_size") or CONV_KERNEL)


def _head(config: Config) -> Any:
    return config["linear_attn_config"]["head_dim"]


def _saved_in_mlp(part: Part) -> Part:
    """mlx-lm calls block_sparse_moe mlp."""
    names = ((rule.saved or rule.name).replace("block_sparse_moe", "mlp") for rule in part.tensors)
    rules = tuple(replace(rule, saved=name) for rule, name in zip(part.tensors, names, strict=True))
    return replace(part, tensors=rules)


def _kinds_fit(config: Config) -> bool:
    """mlx-lm looks into the one list, llama.cpp's converter into the other."""
    both = sorted(config["linear_attn_config"]["kda_layers"] + config["linear_attn_config"]["full_attn_layers"])
    return both == list(range(1, config["num_hidden_layers"] + 1))


KIMI_LINEAR = Architecture(
    name="Kimi Linear",
    model_types=("kimi_linear",),
    gguf="kimi-linear",
    sources=("src/models/kimi-linear.cpp", "conversion/kimi_linear.py", "mlx_lm/models/kimi_linear.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG),
    defaults={  # mlx-lm models/kimi_linear.py, ModelArgs
        "qk_nope_head_dim": lambda config: config["head_dim"],
        "v_head_dim": lambda config: config["head_dim"],
        "num_experts_per_token": 1,
        "moe_router_activation_func": "sigmoid",
        "routed_scaling_factor": 1.0,
        "first_k_dense_replace": 0,
    },
    parts=(
        decoder(),
        norms(),
        delta_attention(ATTENTION, LINEAR, saved="_conv.conv.weight"),
        low_rank_gates(ATTENTION, LINEAR),
        latent.whole_queries(layers=FULL),
        latent.latent(layers=FULL),
        latent.split_kv_b(layers=FULL),
        latent.output(layers=FULL),
        mlp(layers=EXPERTS.others),
        _saved_in_mlp(moe.router(at=FORWARD, layers=EXPERTS)),
        _saved_in_mlp(moe.experts(FORWARD, moe.W123, layers=EXPERTS)),
        _saved_in_mlp(moe.shared_experts(f"{FORWARD}.shared_experts", EXPERTS, "num_shared_experts")),
    ),
    tensors=(
        tensor(
            (f"{FORWARD}.gate.e_score_correction_bias", LAYER + "mlp.e_score_correction_bias"),
            "exp_probs_b.bias",
            "experts",
            layers=EXPERTS,
        ),
    ),
    metadata=(  # llama.cpp conversion/kimi_linear.py
        groups(FULL),
        VOCAB_SIZE,
        u32(Keys.SSM.CONV_KERNEL, "linear_attn_config.short_conv_kernel_size", value=_kernel),
        u32(Keys.KDA.HEAD_DIM, "linear_attn_config.head_dim", value=_head),
        *latent.ROWS,
        moe.EXPERT_LENGTH,
        moe.SHARED_NUMBER,
        moe.FIRST_DENSE,
        moe.SCALE,
    ),
    requirements=(  # llama.cpp src/models/kimi-linear.cpp
        SILU,
        never("q_lora_rank", text("queries of one matrix")),
        *fixed(mla_use_nope=True, moe_layer_freq=1, num_expert_group=1, moe_renormalize=True),
        has("num_experts", text("a mixture of experts")),
        has("num_shared_experts", text("shared experts")),
        Requirement("linear_attn_config", text("linear or full attention in every layer"), _kinds_fit),
        Requirement(
            "linear_attn_config",
            text("as many heads in linear attention"),
            lambda c: c["linear_attn_config"]["num_heads"] == c["num_attention_heads"],
        ),
    ),
    sizes=lambda config, _: delta_sizes(config, _head(config), _kernel(config)),
)
