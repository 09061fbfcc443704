"""What was trained beside one module, ready to be cut: two factors, in the order of the weight's rows and columns."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod

from app.core.adapter import Dialect, LowRankModule
from app.core.checkpoint import StoredTensor
from app.core.checkpoint.checkpoint_values import Factor, LowRank, View

Shape = tuple[int, ...]


class NotLowRankError(Exception):
    """No change of low rank says the same of the tensors that the model has."""


@dataclass(frozen=True)
class Trained:
    """The change of a matrix, or of each in a stack: scale · left · right. `is_turned`: rows are what were columns."""

    left: Factor
    right: Factor
    scale: float
    magnitude: StoredTensor | None = None
    is_turned: bool = False

    @property
    def shape(self) -> Shape:
        """Of what it changes."""
        return (*self.left.shape[:-1], self.right.shape[-1])

    @property
    def row_count(self) -> int:
        """Rows of all matrices together."""
        return prod(self.left.shape[:-1])

    def turned(self) -> "Trained":
        """The change of the transposed matrices."""
        return replace(self, left=_turned(self.right), right=_turned(self.left), is_turned=not self.is_turned)

    def whole(self, first: int = 0) -> LowRank:
        """For a tensor of which row 0 is row `first` of what was trained. Raises NotLowRankError: DoRA gives lengths to
        rows, and to rows only.
        """
        if self.magnitude is not None and self.is_turned:
            raise NotLowRankError
        return LowRank(self.left, self.right, self.scale, self.magnitude, first)

    def cut(self, row: int, count: int, step: int = 1) -> "Iterator[tuple[int, Trained]]":
        """`count` rows from `row` on, `step` apart, matrix by matrix: how many rows came before, and those of this one.

        Raises NotLowRankError.
        """
        done, height = 0, self.left.shape[-2]
        while done < count:
            matrix, line = divmod(row + done * step, height)
            length = min(count - done, -(-(height - line) // step))
            yield done, self._cut(matrix, line, length, step)
            done += length

    def _cut(self, matrix: int, line: int, count: int, step: int) -> "Trained":
        left, right = _matrix(self.left, matrix), _matrix(self.right, matrix)
        (_, rank), (across, along) = left.view.shape, left.view.strides
        start = left.view.start + line * across
        if self.magnitude is not None and self.is_turned and count < self.left.shape[-2]:
            raise NotLowRankError
        magnitude = self.magnitude if self.is_turned else self.magnitude and _some(self.magnitude, line, count)
        cut = Factor(left.stored, cut=View((count, rank), (across * step, along), start))
        return replace(self, left=cut, right=right, magnitude=magnitude)


def trained(module: LowRankModule, dialect: Dialect, base: Shape | None, is_embedding: bool) -> Trained:
    """`base` is the shape of what it was trained beside, None where that is not known."""
    if module.parameters:
        return Trained(*_of_parameter(module), module.scale)
    if dialect is Dialect.PEFT:
        turned = "lora_embedding_" in module.a.name
        first, second = (module.a, module.b) if turned else (module.b, module.a)
        return Trained(Factor(first, turned), Factor(second, turned), module.scale, module.magnitude)
    if len(module.a.shape) == 3:
        return Trained(Factor(module.b), Factor(module.a), module.scale, module.magnitude)
    linear = Trained(Factor(module.b, True), Factor(module.a, True), module.scale, module.magnitude)
    embedding = Trained(Factor(module.a), Factor(module.b), module.scale, module.magnitude)
    likely = (embedding, linear) if is_embedding else (linear, embedding)
    return next((one for one in likely if one.shape == base), likely[0])


def fits(change: Trained, shape: Shape) -> bool:
    """Whether its rows and columns are those of a tensor; DoRA has a length for each output."""
    outputs = change.right.shape[-1:] if change.is_turned else change.left.shape[:-1]
    return change.shape == shape and (change.magnitude is None or change.magnitude.shape == outputs)


def _of_parameter(module: LowRankModule) -> tuple[Factor, Factor]:
    """peft tuners/lora/layer.py, ParamWrapper.get_delta_factors: lora_A is (experts · rank, inputs), lora_B (outputs,
    rank · experts), where the expert counts fastest. Both are as if the weight were (outputs, inputs).
    """
    (rows, inputs), (outputs, columns), rank = module.a.shape, module.b.shape, module.rank
    count = rows // rank
    if count == 1:
        return Factor(module.b), Factor(module.a)
    left = View((count, outputs, rank), (1, columns, count))
    right = View((count, rank, inputs), (rank * inputs, inputs, 1))
    return Factor(module.b, cut=left), Factor(module.a, cut=right)


def _matrix(factor: Factor, number: int) -> Factor:
    """One of a stack's."""
    view = factor.view
    if len(view.shape) == 2:
        return factor
    start = view.start + number * view.strides[0]
    return Factor(factor.stored, cut=View(view.shape[1:], view.strides[1:], start))


def _turned(factor: Factor) -> Factor:
    view = factor.view
    (*outer, rows, columns), (*steps, line, column) = view.shape, view.strides
    return Factor(factor.stored, cut=View((*outer, columns, rows), (*steps, column, line), view.start))


def _some(vector: StoredTensor, first: int, count: int) -> StoredTensor:
    size = vector.byte_count // vector.shape[0]
    return replace(vector, shape=(count,), offset=vector.offset + first * size, byte_count=count * size)
