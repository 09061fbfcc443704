"""PLaMo 3: norms before and after each part, stored less what they lie around; windows in seven of eight layers."""

from collections.abc import Callable

from app.core.architectures.parts.plamo import MIXER, ONE
from app.core.architectures.vocabulary import *

YARN_BETAS = (32.0, 1.0)  # llama.cpp conversion/plamo.py, Plamo3Model


def _if_stretched(key: str, kind: GGUFValueType, value: Callable[[Config], Any]) -> ConfigRow:
    """Of the rope scaling that config.json has in keys of its own."""

    def is_stretched(config: Config) -> bool:
        return (setting(config, "rope_scaling_factor") or 1) != 1 and "rope_type" not in config["rope_scaling"]

    return ConfigRow(key, kind, value=lambda c: value(c) if is_stretched(c) else None)


PLAMO3 = Architecture(
    name="PLaMo 3",
    model_types=("plamo3",),
    gguf="plamo3",
    vocabularies={"plamo3": plamo.VOCABULARY},
    sources=("src/models/plamo3.cpp", "conversion/plamo.py", "mlx_lm/models/plamo3.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True),
    defaults={  # mlx-lm models/plamo3.py, ModelArgs
        **plamo.DEFAULTS,
        "head_dim": 128,
        "window_size": 2048,
        "sliding_window_pattern": 8,
        "rope_theta": 1000000.0,
        "rope_local_theta": 10000.0,
    },
    parts=(
        decoder(ONE),
        *plamo.layers(
            fused.qkv(f"{MIXER}.qkv_proj"),
            head_norms(ONE, MIXER),
            Part(matrix(f"{MIXER}.o_proj", "attn_output", "hidden", "q_dim")),
        ),
        rope(by="mlx-lm"),
    ),
    metadata=(
        VOCAB_SIZE,
        u32(Keys.Attention.SLIDING_WINDOW, "window_size", "sliding_window"),
        u32(Keys.Attention.SLIDING_WINDOW_PATTERN, "sliding_window_pattern"),
        _if_stretched(Keys.Rope.SCALING_TYPE, STRING, lambda _: RopeScalingType.YARN.value),
        _if_stretched(Keys.Rope.SCALING_FACTOR, F32, lambda c: float(c["rope_scaling_factor"])),
        _if_stretched(Keys.Rope.SCALING_ORIG_CTX_LEN, U32, lambda c: c["initial_context_length"]),
        _if_stretched(Keys.Rope.SCALING_YARN_BETA_FAST, F32, lambda _: YARN_BETAS[0]),
        _if_stretched(Keys.Rope.SCALING_YARN_BETA_SLOW, F32, lambda _: YARN_BETAS[1]),
    ),
    requirements=(
        SILU,
        one_of("linear_type", "normal"),
        Requirement(
            "sliding_window_pattern", text("windows in some layers"), lambda c: c["sliding_window_pattern"] > 1
        ),
        # mlx-lm models/plamo3.py prefers this one, llama.cpp conversion/plamo.py the other
        equal("sliding_window", "window_size"),
    ),
)
