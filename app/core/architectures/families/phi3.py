"""Phi 3 and 4: Q, K, V in one matrix, gate and up in another. Phi 3.5 MoE has them apart, and experts."""

from app.core.architectures.vocabulary import *

PHI3 = Architecture(
    name="Phi 3",
    model_types=("phi3",),
    gguf="phi3",
    sources=("src/models/phi3.cpp", "conversion/phi.py", "mlx_lm/models/phi3.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),  # transformers Phi3Config
    defaults=phi.DEFAULTS,
    parts=(
        ends(),
        norms(),
        fused.qkv(),
        Part(matrix(f"{ATTENTION}.o_proj", "attn_output", "hidden", "q_dim")),
        fused.mlp(),
        phi.LONG_CONTEXT,
    ),
    requirements=(HALVES,),
)

MOE = LAYER + "block_sparse_moe"

PHIMOE = Architecture(
    name="Phi 3.5 MoE",
    model_types=("phimoe",),
    gguf="phimoe",
    sources=("src/models/phimoe.cpp", "conversion/phi.py", "mlx_lm/models/phimoe.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.PRESENCE),  # and its bias
    defaults={  # transformers models/phimoe/configuration_phimoe.py, PhimoeConfig
        **phi.DEFAULTS,
        **lengths(layers=32, hidden=4096, intermediate=6400, heads=32, kv_heads=8),
        **common(context=131072, epsilon=1e-5, theta=1e6),
        **moe.numbers(used=2, num_local_experts=16),
    },
    parts=(
        phi.ends(),
        norms(bias=True),
        phi.attention(),
        moe.router(at=MOE),
        moe.experts(MOE, moe.W123),
        phi.LONG_CONTEXT,
        Part(sizes=decoder_sizes),
    ),
    metadata=(u32(Keys.LLM.EXPERT_USED_COUNT, "num_experts_per_tok"), u32(Keys.LLM.EXPERT_COUNT, "num_local_experts")),
    requirements=(
        # llama.cpp src/models/phi3.cpp, LLM_NORM_RMS, and build_moe_ffn; transformers models/phimoe/modeling_phimoe.py,
        # LayerNorm and sparsemixer
        Requirement(
            "model_type",
            text("norms that do not subtract the mean, and weights of the two experts that add up to one"),
            lambda _: False,
            is_tolerated=True,
        ),
        # mlx-lm models/phimoe.py and transformers' take long_mscale; llama.cpp conversion/phi.py does not
        Requirement(
            "rope_scaling",
            text("a scale of rope that follows from the context"),
            lambda c: setting(c["rope_scaling"], "long_mscale") in (None, phi.attention_factor(c)),
            is_tolerated=True,
        ),
    ),
    sizes=moe.expert_size("intermediate_size"),
)
