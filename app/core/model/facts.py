"""What the look at weights found out, as plain data; `weights/look.py` finds it out."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RowDifference:
    """One row (token) of the head and its largest absolute difference from the embedding's row."""

    row: int
    largest: float


@dataclass(frozen=True)
class HeadComparison:
    """The head against the embedding, value by value, as the model computes with them (dequantized).

    `within_steps`: one or both are quantized, and no difference is larger than their quantization steps together.
    `head_step`, `embedding_step`: the mean quantization step of each, 0 where it is not quantized.
    """

    element_count: int
    differing_count: int
    largest: float
    mean: float  # mean absolute difference over all values
    cosine: float
    worst_rows: tuple[RowDifference, ...]
    within_steps: bool = False
    head_step: float = 0.0
    embedding_step: float = 0.0

    @property
    def are_equal(self) -> bool:
        """Every value equal; +0 and -0 are one value."""
        return self.differing_count == 0

    @property
    def share_differing(self) -> float:
        """Between 0 and 1."""
        return self.differing_count / self.element_count if self.element_count else 0.0


@dataclass(frozen=True)
class Rounding:
    """What float16 makes of the scales and biases of one packed tensor, where that changes values at all.

    `largest` is the largest absolute change of a decoded value, infinite where float16 holds no number that large.
    """

    group_count: int
    largest: float


@dataclass(frozen=True)
class WeightFacts:
    """The one look at weights before a plan. `head` is None where there is nothing to compare.

    `roundings`, by name of the tensor: the packed tensors whose values float16 scales would change. `numbers`, by name:
    the values of tensors that become metadata. `noises`, by name: of packed tensors that adapters change, what Q8_0
    would round, relative to the change.
    """

    head: HeadComparison | None = None
    roundings: Mapping[str, Rounding] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    noises: Mapping[str, float] = field(default_factory=dict)
