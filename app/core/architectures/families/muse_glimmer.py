"""Muse Glimmer (text part): zero-centred norms around both halves of a layer; a scale of queries becomes a norm."""

from app.core.architectures.rope_factors import WIDEST_HEAD
from app.core.architectures.vocabulary import *


def _kinds(config: Config) -> list[str]:
    last = config["num_hidden_layers"] - 1
    return [windows.SLIDING if (last - i) % 4 else windows.FULL for i in range(last + 1)]


def _bases(config: Config) -> list[float]:
    """0 where a layer has no rope."""
    return [config["rope_theta"] if kind == windows.SLIDING else 0 for kind in config["layer_types"]]


def _repeated(config: Config, value: float) -> tuple[float, ...]:
    if not 0 < config["head_dim"] <= WIDEST_HEAD:
        raise ValueError(text("a head has {size} values", size=config["head_dim"]))
    return (value,) * int(config["head_dim"])


MUSE_GLIMMER = Architecture(
    name="Muse Glimmer",
    model_types=("muse_glimmer", "muse_glimmer_text"),
    gguf="muse-glimmer",
    sources=("src/models/muse-glimmer.cpp", "conversion/muse_glimmer.py", "mlx_lm/models/muse_glimmer.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG),
    # transformers models/muse_glimmer/configuration_muse_glimmer.py, MuseGlimmerTextConfig; rope_theta: mlx-lm
    # models/muse_glimmer.py
    defaults={
        **lengths(layers=52, hidden=6656, intermediate=19968, heads=32, kv_heads=2, head=128),
        **common(context=131072, epsilon=1e-5, theta=500000.0),
        "post_norm_eps": 1e-8,
        "sliding_window": 2048,
        "final_logit_softcapping": 20.0,
        "qk_scale_factor": 3.87,
        "output_multiplier": 0.19611613513818404,
        "layer_types": _kinds,
        "layer_rope_theta": _bases,
    },
    parts=(
        decoder(),
        norms(PLUS_ONE, FOUR_NORMS),  # conversion/muse_glimmer.py, norm_shift; the last norm is not shifted
        turned_attention(),
        attention_gate(),
        mlp(),
        rope(by="mlx-lm"),
    ),
    metadata=(gemma.SOFT_CAP, f32(Keys.LLM.LOGIT_SCALE, "output_multiplier"), windows.WIDTH, windows.PATTERN),
    computed=(  # the norms have no weights; that of queries takes the scale
        ComputedTensor("blk.{bid}.attn_q_norm.weight", lambda c: _repeated(c, c["qk_scale_factor"]), per_layer=True),
        ComputedTensor("blk.{bid}.attn_k_norm.weight", lambda c: _repeated(c, 1.0), per_layer=True),
    ),
    requirements=(
        *fixed(hidden_activation="silu", post_norm_eps=1e-8),
        NO_OUTPUT_BIAS,
        windows.BOTH_KINDS,
        Requirement(
            "layer_rope_theta", text("rope in layers with a window only"), lambda c: c["layer_rope_theta"] == _bases(c)
        ),
    ),
)
