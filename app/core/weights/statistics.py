"""What a tensor of the folder holds, and how its head differs from its embedding, in figures and in bounded memory."""

import heapq
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from app.core.arrays import Floats
from app.core.checkpoint import ModelTensor
from app.core.model.facts import RowDifference
from app.core.progress import IsCancelled, Meter, OnProgress, Stage, ignore_progress, never_cancelled
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import CHUNK, Chunk, chunks_of
from app.core.weights.factors import FactorReader
from app.core.weights.figures import Distribution, Numbers, distribution
from app.core.weights.source_values import files_of, have_values, value_chunks, values_of

READINGS = 2
WORST_ROWS = 10


@dataclass(frozen=True)
class HeadDifference:
    """Head minus embedding, and the rows that differ most, with the largest difference of each."""

    distribution: Distribution
    rows: tuple[RowDifference, ...]


def tensor_statistics(
    sources: Sequence[ModelTensor],
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> Distribution:
    """Of the values that MLX computes with, of one tensor or of all that are stacked in one, which `have_values`.

    Raises Cancelled, ConversionError.
    """
    meter = Meter(Stage.STATISTICS, READINGS * sum(map(_bytes, sources)), on_progress, is_cancelled)
    with WeightReader(files_of(sources)) as reader:

        def read() -> Iterator[Floats]:
            with closing(value_chunks(sources, reader)) as chunks:
                for chunk, values in chunks:
                    yield values
                    meter.advance(_share(chunk, chunk.tensor), chunk.tensor.name)

        return distribution(read)


def can_be_compared(head: ModelTensor | None, embedding: ModelTensor | None) -> bool:
    """Whether there is a difference to look at."""
    both = [one for one in (head, embedding) if one is not None and len(one.shape) == 2 and one.shape[1] <= CHUNK]
    return len(both) == 2 and both[0].shape == both[1].shape and have_values(both)


def head_difference(
    head: ModelTensor,
    embedding: ModelTensor,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> HeadDifference:
    """Of two matrices that `can_be_compared`. Raises Cancelled, ConversionError."""
    meter = Meter(Stage.STATISTICS, READINGS * (_bytes(head) + _bytes(embedding)), on_progress, is_cancelled)
    columns = head.shape[1]
    worst: dict[int, float] = {}
    with WeightReader(files_of((head, embedding))) as reader:
        factors = FactorReader(reader)

        def read() -> Iterator[Numbers]:
            for chunk in chunks_of(head, size=CHUNK // columns * columns):
                other = Chunk(embedding, chunk.runs)
                first, second = (values_of(one, reader, factors).astype(np.float64) for one in (chunk, other))
                with np.errstate(invalid="ignore"):  # infinities cancel out
                    difference = first - second
                _remember(worst, difference.reshape(-1, columns), chunk.runs[0][0] // columns)
                yield difference
                meter.advance(_share(chunk, head) + _share(other, embedding), head.name)

        found = distribution(read)
    rows = heapq.nsmallest(WORST_ROWS, worst, key=lambda row: (-worst[row], row))
    return HeadDifference(found, tuple(RowDifference(row, worst[row]) for row in rows))


def _remember(worst: dict[int, float], difference: Numbers, first: int) -> None:
    """The worst rows so far, by their number; what is no number is the worst of all."""
    largest = np.abs(difference).max(axis=1)
    largest[np.isnan(largest)] = np.inf
    rows = np.argsort(-largest, kind="stable")[:WORST_ROWS].tolist()
    worst |= {first + row: float(largest[row]) for row in rows if largest[row]}
    for row in heapq.nsmallest(len(worst) - WORST_ROWS, worst, key=lambda row: (worst[row], -row)):
        del worst[row]


def _bytes(tensor: ModelTensor) -> int:
    return tensor.byte_count


def _share(chunk: Chunk, tensor: ModelTensor) -> int:
    """Bytes of a chunk, about."""
    return round(chunk.count / tensor.element_count * tensor.byte_count)
