"""DeepSeek MoE, the first one: attention as in Llama, shared experts beside the others."""

from app.core.architectures.vocabulary import *

EXPERTS = from_layer("first_k_dense_replace")

DEEPSEEK = Architecture(
    name="DeepSeek MoE",
    model_types=("deepseek",),
    gguf="deepseek",
    sources=("src/models/deepseek.cpp", "conversion/deepseek.py", "mlx_lm/models/deepseek.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.PRESENCE),
    defaults={  # configuration_deepseek.py beside the published models, DeepseekConfig
        **lengths(layers=30, hidden=4096, intermediate=11008, heads=32, kv_heads=query_heads),
        "moe_intermediate_size": 1407,
        "first_k_dense_replace": 0,
        **common(context=2048, epsilon=1e-6, theta=10000.0),
    },
    parts=(
        decoder(),
        norms(),
        turned_attention("qkv"),
        mlp(layers=EXPERTS.others),
        moe.router(layers=EXPERTS),
        moe.experts(layers=EXPERTS),
        moe.shared_experts(layers=EXPERTS, count="n_shared_experts"),
        rope(),
    ),
    metadata=(  # llama.cpp conversion/deepseek.py, DeepseekModel.set_gguf_parameters
        rows.WHOLE_HEADS,
        rows.NO_SCALING,
        moe.FIRST_DENSE,
        VOCAB_SIZE,
        moe.EXPERT_LENGTH,
        constant(Keys.LLM.EXPERT_WEIGHTS_SCALE, 1.0),
        moe.SHARED_COUNT,
    ),
    requirements=(  # llama.cpp src/models/deepseek.cpp
        SILU,
        NO_OUTPUT_BIAS,
        *fixed(scoring_func="softmax", moe_layer_freq=1),
        never("norm_topk_prob", text("experts' weights as they are")),
        has("n_shared_experts", text("shared experts")),
        moe.HAS_EXPERTS,
        HEADS_FILL_ALL,
    ),
)
