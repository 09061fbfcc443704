"""Gemma 3 text models. Norms are stored zero-centred: MLX and transformers add 1 when they run, GGUF holds the sum."""

from app.core.architectures.vocabulary import *

SCALE = AttentionScale(layers_of_27b=62)  # llama.cpp src/models/gemma3.cpp
NO_SOFT_CAP = never("attn_logit_softcapping", text("attention without soft-capping"))


def stack(scale: AttentionScale) -> tuple[Part, ...]:
    """All that is in the file, for a graph with this scale."""
    return (
        decoder(PLUS_ONE),
        norms(PLUS_ONE, FOUR_NORMS),
        attention("qkv"),
        Part(matrix(f"{ATTENTION}.q_norm", "attn_q_norm", "head", change=PLUS_ONE)),
        Part(matrix(f"{ATTENTION}.k_norm", "attn_k_norm", "head", change=lambda layer: scale.after(PLUS_ONE, layer))),
        mlp(),
        rope("linear"),
        windows.built_in(6, *windows.PERIODS),  # src/models/gemma3.cpp, load_swa_pattern
    )


def makes_vectors(config: Config) -> bool:
    """Whether it is EmbeddingGemma, which has the same model type: a model without a head that sees in both directions.

    llama.cpp's converter goes by the class, Gemma3TextModel.
    """
    has_head = "ForCausalLM" in str(config.get("architectures"))
    sees_all = bool(config.get("use_bidirectional_attention"))
    return config.get("model_type") == "gemma3_text" and sees_all and not has_head


GEMMA3 = Architecture(
    name="Gemma 3",
    model_types=("gemma3_text", "gemma3"),
    gguf="gemma3",
    sources=("src/models/gemma3.cpp", "conversion/gemma.py", "mlx_lm/models/gemma3_text.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.PRESENCE, ties=True),
    defaults={  # transformers models/gemma3/configuration_gemma3.py, Gemma3TextConfig
        **lengths(layers=26, hidden=2304, intermediate=9216, heads=8, kv_heads=4, head=256),
        **common(context=131072, epsilon=1e-6, theta=1e6),
        "sliding_window": 4096,
        "rope_local_base_freq": 1e4,
        "query_pre_attn_scalar": 256,
    },
    parts=stack(SCALE),
    metadata=(gemma.SOFT_CAP, windows.WIDTH),
    requirements=(SCALE.requirement, gemma.GELU, NO_OUTPUT_BIAS, gemma.CAUSAL, NO_SOFT_CAP),
    when=lambda config: not makes_vectors(config),
)
