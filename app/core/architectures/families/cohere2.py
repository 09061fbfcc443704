"""Command R7B: three layers with a sliding window, then one that sees everything and knows no positions."""

from app.core.architectures.vocabulary import *

COHERE2 = Architecture(
    name="Cohere 2",
    model_types=("cohere2",),
    gguf="cohere2",
    sources=("src/models/cohere2.cpp", "conversion/command_r.py", "mlx_lm/models/cohere2.py"),
    head=HeadFacts(Head.NEVER, MlxHead.NEVER, ties=True),
    defaults={  # transformers models/cohere2/configuration_cohere2.py, Cohere2Config
        **lengths(layers=40, hidden=8192, intermediate=22528, heads=64, kv_heads=query_heads),
        "logit_scale": 0.0625,
        "head_dim": even_head,
        **common(context=8192, theta=10000.0),
        "layer_norm_eps": 1e-5,
        "rotary_pct": 1.0,
        "sliding_window": 4096,
    },
    parts=(
        decoder(),
        norms(names={"input_layernorm": "attn_norm"}),
        attention("qkv"),
        mlp(),
        rope(),
        windows.built_in(4, *windows.PERIODS),  # src/models/cohere2.cpp, load_swa_pattern
    ),
    metadata=(
        f32(Keys.LLM.LOGIT_SCALE, "logit_scale"),
        windows.WIDTH,
        VOCAB_SIZE,
        u32(Keys.Rope.DIMENSION_COUNT, "rotary_pct", value=lambda c: int(c["rotary_pct"] * c["head_dim"])),
        rows.NO_SCALING,
    ),
    requirements=(SILU, NO_OUTPUT_BIAS, never("use_qk_norm", text("attention without norms")), even_heads()),
)
