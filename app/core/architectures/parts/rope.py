"""How positions enter: the kinds of rope scaling that a graph knows, and the factors that one of them needs."""

from app.core.architectures.architecture import ComputedTensor, Part
from app.core.architectures.requirements import rope_scaling
from app.core.architectures.rope_factors import llama3_factors

LLAMA3_FACTORS = ComputedTensor("rope_freqs.weight", llama3_factors)


def rope(*kinds: str, by: str = "llama.cpp") -> Part:
    """The `kinds` of scaling that the rows of a decoder carry over, besides none; llama3 comes with its factors."""
    return Part(requirements=(rope_scaling(*kinds, by=by),), computed=(LLAMA3_FACTORS,) * ("llama3" in kinds))
