"""Rope with a factor for each pair that rotates, others beyond the context that a model was made with (longrope)."""

from app.core.architectures.architecture import ComputedTensor, Part
from app.core.architectures.config_rows import Config, setting
from app.core.architectures.requirements import Requirement, rope_scaling
from app.core.architectures.sizes import head_size
from app.core.text import text

KINDS = ("longrope", "su")
ALL_FACTORS = text("long and short factors for each pair that is rotated")
OWN_CONTEXT = text("the context that the model was made with")


def _is_long(config: Config) -> bool:
    return config["rope_scaling"].get("rope_type") in KINDS


def _factors_fit(config: Config) -> bool:
    counts = {len(setting(config["rope_scaling"], f"{name}_factor") or ()) for name in ("long", "short")}
    return counts == {(setting(config, "qk_rope_head_dim") or head_size(config)) // 2}


def _context_fits(config: Config) -> bool:
    """mlx-lm models/rope_utils.py, SuScaledRoPE, sharpens attention beyond it; the file has no key for that."""
    original = setting(config["rope_scaling"], "original_max_position_embeddings")
    return original is not None and config["max_position_embeddings"] <= original


def _factors(name: str) -> ComputedTensor:
    """llama.cpp refuses factors that its rope does not take."""
    return ComputedTensor(
        f"rope_factors_{name}.weight",
        lambda c: tuple(setting(c["rope_scaling"], f"{name}_factor") or ()) if _is_long(c) else (),
    )


def long_rope(*others: str, always: bool = False) -> Part:
    """This and `others` may be asked for, or with `always` this one must be."""
    return Part(
        requirements=(
            rope_scaling(*others, *KINDS),
            Requirement(
                "rope_scaling",
                ALL_FACTORS,
                lambda c: (not always and not _is_long(c)) or _factors_fit(c),
                by="mlx-lm" if always else "llama.cpp",
            ),
            Requirement(
                "max_position_embeddings", OWN_CONTEXT, lambda c: (not always and not _is_long(c)) or _context_fits(c)
            ),
        ),
        computed=(_factors("long"), _factors("short")),
    )
