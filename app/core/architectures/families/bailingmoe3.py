"""Ling 3 (Bailing MoE V3): Kimi's delta attention with bounded gates, latent attention with gated heads, experts."""

from app.core.architectures.parts.delta_attention import bounded_gates, delta_attention, delta_sizes, groups
from app.core.architectures.vocabulary import *

AT = LAYER + "attention"
ARCHITECTURE = "BailingMoeV3ForCausalLM"


def _is_full(config: Config, layer: int) -> bool:
    """The last layer of each group, and those that are in no whole group."""
    size = config["layer_group_size"]
    return bool((layer + 1) % size == 0 or layer >= config["num_hidden_layers"] // size * size)


FULL = Layers(_is_full)
LINEAR = FULL.others
EXPERTS = from_layer("first_k_dense_replace")


def _is_third(config: Config) -> bool:
    """mlx-lm utils.py, MODEL_ARCHITECTURE_REMAPPING: published models call themselves bailing_hybrid."""
    return config.get("model_type") != "bailing_hybrid" or ARCHITECTURE in (setting(config, "architectures") or ())


BAILING3 = Architecture(
    name="Ling 3",
    model_types=("bailing_hybrid", "bailing_moe_v3"),
    gguf="bailingmoe3",
    sources=("src/models/bailingmoe3.cpp", "conversion/bailingmoe3.py", "mlx_lm/models/bailing_moe_v3.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    defaults={  # mlx-lm models/bailing_moe_v3.py, ModelArgs
        **latent.DEFAULTS,
        **lengths(layers=24, hidden=1536, intermediate=4608, heads=16, head=128),
        **moe.numbers(width=512, used=8, groups=(8, 4), num_experts=128, num_shared_experts=1),
        "moe_shared_expert_intermediate_size": 512,
        "first_k_dense_replace": 1,
        "routed_scaling_factor": 2.5,
        "norm_topk_prob": True,
        "score_function": "sigmoid",
        "layer_group_size": 4,
        "q_lora_rank": 256,
        "short_conv_kernel_size": 4,
        "kda_lower_bound": -5.0,
        **common(context=131072, theta=6000000.0),
    },
    embedding="model.word_embeddings.weight",
    parts=(
        decoder(embedding="model.word_embeddings"),
        norms(),
        delta_attention(AT, LINEAR),
        bounded_gates(AT, LINEAR),
        latent.queries(AT, FULL),
        latent.latent(AT, FULL),
        latent.split_kv_b(AT, FULL),
        Part(matrix(f"{AT}.g_proj", "attn_gate", "heads", "hidden", layers=FULL)),
        latent.output(f"{AT}.dense", FULL),
        mlp(layers=EXPERTS.others),
        moe.router(layers=EXPERTS),
        moe.experts(layers=EXPERTS),
        moe.shared_experts(layers=EXPERTS),
        rope(),
    ),
    tensors=(tensor(f"{MLP}.gate.expert_bias", "exp_probs_b.bias", "experts", layers=EXPERTS),),
    metadata=(  # llama.cpp conversion/bailingmoe3.py
        groups(FULL),
        VOCAB_SIZE,
        u32(Keys.SSM.CONV_KERNEL, "short_conv_kernel_size"),
        u32(Keys.KDA.HEAD_DIM, "head_dim"),
        constant("{arch}.kda.safe_gate", True),  # the package gguf 0.19 does not know the architecture
        f32("{arch}.kda.gate_lower_bound", "kda_lower_bound"),
        latent.Q_RANK,
        *latent.ROWS,
        moe.EXPERT_LENGTH,
        u32(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, "moe_shared_expert_intermediate_size"),
        moe.SHARED_NUMBER,
        moe.FIRST_DENSE,
        moe.SCALE,
        moe.NORMALIZED,
        moe.limits(Keys.LLM.SWIGLU_CLAMP_EXP, "expert_swiglu_limit_list"),
        moe.limits(Keys.LLM.SWIGLU_CLAMP_SHEXP, "share_expert_swiglu_limit_list"),
    ),
    requirements=(  # llama.cpp src/models/bailingmoe3.cpp, conversion/bailingmoe3.py
        Requirement(
            "architectures", text("the third generation, {architecture}", architecture=ARCHITECTURE), _is_third
        ),
        SILU,
        never("use_bias", text("matrices without biases")),
        never("use_qkv_bias", text("attention without biases")),
        *fixed(rope_interleave=True, no_kda_lora=True, kda_safe_gate=True),
        one_of("gated_attention_proj_granularity_type", "head_wise"),
        *fixed(num_shared_experts=1, score_function="sigmoid", norm_topk_prob=True),
        Requirement("kda_lower_bound", text("a bound below zero"), lambda c: c["kda_lower_bound"] < 0),
    ),
    sizes=lambda config, _: {
        **delta_sizes(config, config["head_dim"], config["short_conv_kernel_size"]),
        "shared_intermediate": config["moe_shared_expert_intermediate_size"],
    },
    marker="conv1d.weight",
)
