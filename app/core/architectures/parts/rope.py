"""How positions enter: the kinds of rope scaling that a graph knows, and the factors that one of them needs."""

from app.core.architectures.architecture import ComputedTensor, Part
from app.core.architectures.config_rows import Config, setting
from app.core.architectures.requirements import Requirement, rope_scaling
from app.core.architectures.rope_factors import llama3_factors
from app.core.text import text

LLAMA3_FACTORS = ComputedTensor("rope_freqs.weight", llama3_factors)


def _has_usual_scale(config: Config) -> bool:
    scaling = config["rope_scaling"]
    is_usual = setting(scaling, "mscale") in (None, 1) and not setting(scaling, "mscale_all_dim")
    return scaling.get("rope_type") != "yarn" or is_usual


# mlx-lm models/rope_utils.py, YarnRoPE, and transformers modeling_rope_utils.py; ggml has one scale for each factor
USUAL_SCALE = Requirement(
    "rope_scaling", text("yarn with mscale 1 and mscale_all_dim 0"), _has_usual_scale, is_tolerated=True
)


def rope(*kinds: str, by: str = "llama.cpp", reads_mscale: bool = False) -> Part:
    """The `kinds` of scaling that the rows of a decoder carry over, besides none; llama3 comes with its factors.

    What mscale says is taken up by a family that `reads_mscale`, and by others not.
    """
    scales = (USUAL_SCALE,) * ("yarn" in kinds and not reads_mscale)
    return Part(requirements=(rope_scaling(*kinds, by=by), *scales), computed=(LLAMA3_FACTORS,) * ("llama3" in kinds))
