"""Arcee Trinity (AFMoE): a gate on attention's output, norms before and after, rope in sliding windows only."""

from app.core.architectures.vocabulary import *

EXPERTS = from_layer("num_dense_layers")
NORMS = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "post_attention_norm",
    "pre_mlp_layernorm": "ffn_norm",
    "post_mlp_layernorm": "post_ffw_norm",
}

AFMOE = Architecture(
    name="AFMoE",
    model_types=("afmoe",),
    gguf="afmoe",
    sources=("src/models/afmoe.cpp", "conversion/afmoe.py", "mlx_lm/models/afmoe.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    defaults={  # transformers models/afmoe/configuration_afmoe.py, AfmoeConfig
        **lengths(layers=32, hidden=2048, intermediate=6144, heads=16, kv_heads=query_heads, head=128),
        **moe.numbers(width=1408, used=6, num_experts=64, num_shared_experts=2),
        "num_dense_layers": 1,
        **common(context=16384, epsilon=1e-5, theta=10000.0),
        "route_scale": 1.0,
        "sliding_window": 1024,
        "route_norm": True,  # these three are mlx-lm's: models/afmoe.py, ModelArgs
        "score_func": "sigmoid",
        "mup_enabled": True,
    },
    parts=(
        decoder(),
        norms(names=NORMS),
        attention(),
        head_norms(),
        attention_gate(),
        mlp(layers=EXPERTS.others),
        moe.router("router.gate", bias="expert_bias", layers=EXPERTS),
        moe.experts(saved="experts", layers=EXPERTS),
        moe.shared_experts(layers=EXPERTS & where("num_shared_experts"), count="num_shared_experts", is_optional=True),
        rope("linear", "yarn"),
        windows.built_in(4),  # src/models/afmoe.cpp, load_arch_hparams
    ),
    metadata=(
        VOCAB_SIZE,
        rows.WHOLE_HEADS,
        moe.SHARED_NUMBER,
        moe.EXPERT_LENGTH,
        u32(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, "num_dense_layers"),
        flag(Keys.LLM.EXPERT_WEIGHTS_NORM, "route_norm"),
        f32(Keys.LLM.EXPERT_WEIGHTS_SCALE, "route_scale"),
        windows.WIDTH,
    ),
    requirements=(
        SILU,
        one_of("mup_enabled", True),
        NO_OUTPUT_BIAS,
        one_of("n_group", 1),
        one_of("score_func", "sigmoid", "softmax"),
        has("sliding_window", text("a sliding window")),
    ),
)
