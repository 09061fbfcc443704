"""How large an adapter's change of a tensor is beside the tensor itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.core.checkpoint import ModelTensor
from app.core.model.packing import is_readable
from app.core.progress import IsCancelled, Meter, OnProgress, Stage, Unit, ignore_progress, never_cancelled
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import Chunk, chunks_of
from app.core.weights.factors import FactorReader
from app.core.weights.look import READERS
from app.core.weights.ordered_pool import ordered_pool
from app.core.weights.source_values import stored_values
from app.core.weights.updates import updated

MOST_VALUES, BLOCKS = 1 << 18, 8  # of a tensor: enough for two digits


@dataclass(frozen=True)
class ChangeSize:
    """Sums over the values of a tensor that an adapter changes from W to W + Δ. float64, for display."""

    change: float = 0.0  # squares of Δ
    weights: float = 0.0  # squares of W

    def __add__(self, other: "ChangeSize") -> "ChangeSize":
        return ChangeSize(self.change + other.change, self.weights + other.weights)

    @property
    def share(self) -> float | None:
        """‖Δ‖ / ‖W‖; None where all weights are zero."""
        return float(np.sqrt(self.change / self.weights)) if self.weights else None


def change_sizes(
    base: Iterable[ModelTensor],
    tuned: Sequence[ModelTensor],
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> dict[str, ChangeSize]:
    """By name, of the tensors that differ: `tuned` are those of `base` with what adapters make of them.

    Of large tensors some rows stand for all, as `_spread` chooses them. Raises Cancelled, ConversionError.
    """
    pairs = {after.name: before for before, after in _pairs(base, tuned)}
    touched = [one for one in tuned if one.name in pairs]
    found: dict[str, ChangeSize] = {}
    meter = Meter(Stage.CHANGE, len(touched), on_progress, is_cancelled, unit=Unit.TENSORS)
    chunks = (chunk for one in touched for chunk in _spread(one))
    with WeightReader(dict.fromkeys(file for one in (*touched, *pairs.values()) for file in one.files)) as reader:
        factors = FactorReader(reader)

        def work(_: int, chunk: Chunk) -> ChangeSize:
            return _size(chunk, pairs[chunk.tensor.name], reader, factors)

        for chunk, size in ordered_pool(work, chunks, READERS, READERS + 1):
            name = chunk.tensor.name
            meter.advance(int(name not in found), name)
            found[name] = found.get(name, ChangeSize()) + size
    return found


def _spread(tensor: ModelTensor) -> Iterator[Chunk]:
    """All rows of a tensor, or `BLOCKS` times some neighbouring ones, from its first to its last part.

    The product of two factors takes ten times as long as reading the values that it is added to.
    """
    columns = tensor.shape[-1]
    row_count, length = tensor.element_count // columns, MOST_VALUES // BLOCKS // columns
    if row_count * columns <= MOST_VALUES or not length:
        yield from chunks_of(tensor)
        return
    for number in range(BLOCKS):
        row = (row_count - length) * number // (BLOCKS - 1)
        yield Chunk(tensor, ((row * columns, length * columns),), row)


def _pairs(base: Iterable[ModelTensor], tuned: Iterable[ModelTensor]) -> Iterator[tuple[ModelTensor, ModelTensor]]:
    """Each tensor that adapters change or replace, before and after."""
    originals = {tensor.name: tensor for tensor in base}
    for after in tuned:
        before = replace(after, updates=()) if after.updates else originals.get(after.name)
        is_other = before is not None and before.stored != after.stored
        if before is not None and (after.updates or is_other) and is_readable(before) and is_readable(after):
            yield before, after


def _size(chunk: Chunk, before: ModelTensor, reader: WeightReader, factors: FactorReader) -> ChangeSize:
    after, weights = chunk.tensor, stored_values(Chunk(before, chunk.runs), reader)
    if after.updates:
        rows = weights.reshape(-1, after.shape[-1])
        tuned = updated(rows, after, chunk.rows, factors).reshape(-1)
    else:
        tuned = stored_values(chunk, reader)
    wide = weights.astype(np.float64)
    change = tuned - wide
    return ChangeSize(float(np.dot(change, change)), float(np.dot(wide, wide)))
