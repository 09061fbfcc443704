"""An importance matrix: for each column of a matrix, how strongly the model's own activations use it.

llama-imatrix measures it (tools/imatrix), block types choose their numbers by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from gguf import GGMLQuantizationType

from app.core.checkpoint import StoredTensor, WeightFile
from app.core.plan.mix import EMBEDDINGS, Shape

T = GGMLQuantizationType
SUMS, COUNTS = ".in_sum2", ".counts"  # what is added to a tensor's name: tools/imatrix/imatrix.cpp, save_imatrix
# Types that are not to be had without: src/llama-quant.cpp, tensor_requires_imatrix
NEED_IMPORTANCE = (T.IQ3_XXS, T.IQ2_S, T.IQ2_XS, T.IQ2_XXS, T.IQ1_M, T.IQ1_S)
# The others that use it: ggml-quants.c; Q8_0, MXFP4 and NVFP4 do not
USE_IMPORTANCE = (
    *NEED_IMPORTANCE,
    *(T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q2_K, T.Q3_K, T.Q4_K, T.Q5_K, T.Q6_K, T.IQ3_S, T.IQ4_NL, T.IQ4_XS),
)


@dataclass(frozen=True)
class Importance:
    """Where the numbers for one tensor stand: sums of squares for every column, of experts one after the other, and the
    count for each expert that they are to be divided by.
    """

    sums: StoredTensor
    counts: StoredTensor

    @property
    def name(self) -> str:
        """The tensor's name in the model's file."""
        return self.sums.name.removesuffix(SUMS)

    @property
    def value_count(self) -> int:
        """Columns of all experts."""
        return self.sums.byte_count // 4

    def fits(self, shape: Shape) -> bool:
        """Whether there is one number for each column of a tensor, of every expert."""
        return self.value_count == needed_count(shape)


def needed_count(shape: Shape) -> int:
    """How many numbers a tensor needs."""
    return shape[-1] * (shape[-3] if len(shape) > 2 else 1)


@dataclass(frozen=True)
class Imatrix:
    """An importance matrix in a file, without its numbers. `datasets` are the texts that were read, by name."""

    file: WeightFile
    sha256: str
    entries: tuple[Importance, ...]
    datasets: tuple[str, ...]
    chunk_count: int

    @cached_property
    def by_name(self) -> Mapping[str, Importance]:
        """The entries by the name of the tensor."""
        return {entry.name: entry for entry in self.entries}

    def importance(self, name: str, shape: Shape) -> Importance | None:
        """The numbers for a tensor, None where there are none that fit."""
        found = self.by_name.get(name)
        return found if found and found.fits(shape) else None

    def contradicts(self, name: str, shape: Shape) -> bool:
        """Whether there are numbers for a tensor, but for another shape. An embedding's are of no use anyway."""
        found = self.by_name.get(name)
        return found is not None and not found.fits(shape) and name not in EMBEDDINGS
