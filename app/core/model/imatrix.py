"""An importance matrix: for each column of a matrix, how strongly the model's own activations use it.

llama-imatrix measures it (tools/imatrix), block types choose their numbers by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from app.core.checkpoint import StoredTensor, WeightFile
from app.core.model.expected_tensors import Shape

EMBEDDINGS = ("token_embd.weight", "per_layer_token_embd.weight")  # of which no activations are measured
SUMS, COUNTS = ".in_sum2", ".counts"  # what is added to a tensor's name: tools/imatrix/imatrix.cpp, save_imatrix


@dataclass(frozen=True)
class TensorImportance:
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
        """Whether there is one number for each column of a tensor of `shape`, of every expert."""
        return self.value_count == needed_count(shape)


def needed_count(shape: Shape) -> int:
    """How many numbers a tensor of (experts, rows, columns), or (rows, columns), needs."""
    return shape[-1] * (shape[-3] if len(shape) > 2 else 1)


@dataclass(frozen=True)
class Imatrix:
    """An importance matrix in a file, without its numbers. `datasets` are the texts that were read, by name."""

    file: WeightFile
    sha256: str
    entries: tuple[TensorImportance, ...]
    datasets: tuple[str, ...]
    chunk_count: int

    @cached_property
    def by_name(self) -> Mapping[str, TensorImportance]:
        """The entries by the name of the tensor."""
        return {entry.name: entry for entry in self.entries}

    def importance(self, name: str, shape: Shape) -> TensorImportance | None:
        """Where the numbers for a tensor of `shape` stand, None where there are none that fit."""
        found = self.by_name.get(name)
        return found if found and found.fits(shape) else None

    def contradicts(self, name: str, shape: Shape) -> bool:
        """Whether there are numbers for a tensor, but for another shape. An embedding's are of no use anyway."""
        found = self.by_name.get(name)
        return found is not None and not found.fits(shape) and name not in EMBEDDINGS
