"""dots.llm1: a mixture of experts with norms of heads; mlx-lm stacks the experts in place."""

from app.core.architectures.vocabulary import *

EXPERTS = from_layer("first_k_dense_replace")

DOTS1 = Architecture(
    name="dots.llm1",
    model_types=("dots1",),
    gguf="dots1",
    sources=("src/models/dots1.cpp", "conversion/dots1.py", "mlx_lm/models/dots1.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG),
    # transformers models/dots1/configuration_dots1.py, Dots1Config; mlx-lm knows no other scores
    defaults={"n_group": 1, "topk_group": 1, "scoring_func": "sigmoid"},
    parts=(
        decoder(),
        norms(),
        attention(),
        head_norms(),
        mlp(layers=EXPERTS.others),
        moe.router(bias=moe.CORRECTION, optional_bias=True, layers=EXPERTS),
        moe.experts(saved="experts", layers=EXPERTS),
        moe.shared_experts(layers=EXPERTS, count="n_shared_experts"),
        rope("linear", "yarn"),
    ),
    metadata=(moe.EXPERT_LENGTH, moe.FIRST_DENSE, moe.SHARED_COUNT, moe.SCALE, moe.NORMALIZED),
    requirements=(
        SILU,
        NO_OUTPUT_BIAS,
        NO_MLP_BIAS,
        one_of("moe_layer_freq", 1),
        has("n_shared_experts", text("shared experts")),
        moe.HAS_EXPERTS,
        AS_MANY_KV_HEADS,
        FULL_ATTENTION_ONLY,
    ),
)
