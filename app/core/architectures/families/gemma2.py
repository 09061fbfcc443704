"""Gemma 2: Gemma with four norms a layer, soft-capped logits and a window in every other layer."""

from app.core.architectures.vocabulary import *

SCALE = AttentionScale(layers_of_27b=46)  # llama.cpp src/models/gemma2.cpp
ABOVE_ZERO = text("a value above zero")  # llama.cpp would take a value of its own for a setting that is null or zero

GEMMA2 = Architecture(
    name="Gemma 2",
    model_types=("gemma2",),
    gguf="gemma2",
    sources=("src/models/gemma2.cpp", "conversion/gemma.py", "mlx_lm/models/gemma2.py"),
    head=HeadFacts(Head.NEVER, MlxHead.NEVER, ties=True),
    defaults={  # transformers models/gemma2/configuration_gemma2.py, Gemma2Config
        **common(context=8192, theta=10000.0),
        "query_pre_attn_scalar": 256,
        "sliding_window": 4096,
        "final_logit_softcapping": 30.0,
        "attn_logit_softcapping": 50.0,
    },
    parts=(
        gemma.early_decoder(),
        norms(PLUS_ONE, FOUR_NORMS),
        attention("qkv", k=SCALE.alone),
        mlp(),
        windows.built_in(2),  # load_swa_pattern
    ),
    metadata=(f32(Keys.LLM.ATTN_LOGIT_SOFTCAPPING, "attn_logit_softcapping"), gemma.SOFT_CAP, windows.WIDTH),
    requirements=(
        SCALE.requirement,
        has("attn_logit_softcapping", ABOVE_ZERO),
        has("final_logit_softcapping", ABOVE_ZERO),
        has("sliding_window", ABOVE_ZERO),
        gemma.GELU,
        HALVES,
    ),
)
