"""Nanbeige 4.2: Llama whose layers are run through several times."""

from app.core.architectures.families.llama import LLAMA
from app.core.architectures.vocabulary import *

MOST_LAYERS = 512  # llama.cpp src/llama-hparams.h, LLAMA_MAX_LAYERS


def _loops(config: Config) -> int:
    return int(setting(config, "num_loops") or 1)


def _loops_fit(config: Config) -> bool:
    """mlx-lm models/nanbeige.py, effective_num_loops, counts the weights of losses first."""
    weights = config.get("loop_loss_weights")
    return not weights or len(weights) + 1 == _loops(config)


def _total_fits(config: Config) -> bool:
    return 1 <= _loops(config) * int(config["num_hidden_layers"]) <= MOST_LAYERS


NANBEIGE = replace(
    LLAMA,
    name="Nanbeige",
    model_types=("nanbeige",),
    gguf="nanbeige",
    sources=("src/models/nanbeige.cpp", "conversion/nanbeige.py", "mlx_lm/models/nanbeige.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    parts=(decoder(), norms(), turned_attention(), mlp(), rope("linear", "llama3", "yarn")),
    metadata=(  # gguf 0.19 has no names for the last two
        *LLAMA.metadata,
        u32("{arch}.num_loops", "num_loops", value=_loops),
        flag("{arch}.skip_loop_final_norm", value=lambda c: bool(c.get("skip_loop_final_norm"))),
    ),
    requirements=(
        SILU,
        FULL_ATTENTION_ONLY,
        Requirement("loop_loss_weights", text("as many loops as num_loops says"), _loops_fit),
        Requirement("num_loops", text("at most 512 layers in all loops"), _total_fits),
        never("enable_double_loop_split", text("loops that are all alike")),
        never("loop_share_kv", text("keys of its own in every loop")),
        never("enable_depth_attention", text("attention within a loop")),
    ),
)
