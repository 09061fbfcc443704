"""The look at weights before the plan: is the head a copy of the embedding, can packed weights be repacked?"""

import heapq
import math
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from app.core.architectures import Layout
from app.core.arrays import Bytes
from app.core.checkpoint import ModelTensor
from app.core.errors import CheckpointError
from app.core.model.facts import HeadComparison, Rounding, RowDifference, WeightFacts
from app.core.model.identify import Model
from app.core.model.packing import is_readable
from app.core.progress import IsCancelled, Meter, OnProgress, Stage, ignore_progress, never_cancelled
from app.core.text import text
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import CHUNK, Chunk, chunks_of
from app.core.weights.compare import ChunkDifference, Pair, PairOfParts, are_equal, measure
from app.core.weights.drowned import is_sampled, noise_in_blocks
from app.core.weights.factors import FactorReader
from app.core.weights.mlx_thread import compute
from app.core.weights.ordered_pool import ordered_pool
from app.core.weights.rounding import LOOKED_AT, NONE, chunk_rounding, is_looked_at, together

WORST_ROWS = 5
ROW_LIMIT = 1 << 22  # values; a hundred times the widest known model
READERS = 2  # one reads while the other's chunk is compared

Result = TypeVar("Result")


def look(
    model: Model, on_progress: OnProgress = ignore_progress, is_cancelled: IsCancelled = never_cancelled
) -> WeightFacts:
    """Compare head and embedding if the folder has both, see what float16 makes of the scales of packed weights and
    8-bit blocks of the changes of adapters, and read the numbers that become metadata.

    Raises Cancelled, ConversionError, CheckpointError.
    """
    pair = _head_and_embedding(model)
    packed = [tensor for tensor in model.checkpoint.tensors if is_looked_at(tensor)]
    sampled = [tensor for tensor in model.checkpoint.tensors if is_sampled(tensor)]
    numbers = _number_tensors(model)
    files = dict.fromkeys(file for tensor in (*(pair or ()), *packed, *sampled, *numbers) for file in tensor.files)
    with WeightReader(files) as reader:
        head = _compare(pair, reader, on_progress, is_cancelled) if pair else None
        scale_bytes = sum(part.byte_count for tensor in packed for part in tensor.parts[1:])
        meter = Meter(Stage.SCALES, scale_bytes, on_progress, is_cancelled)
        roundings = _roundings(packed, reader, meter)
        values = {tensor.name: _number(tensor, reader) for tensor in numbers}
        noises = _noises(sampled, reader, is_cancelled)
    return WeightFacts(head, roundings, values, noises)


def _number_tensors(model: Model) -> list[ModelTensor]:
    """Tensors of one number that the family wants in the metadata, in either layout."""
    if not model.is_understood:
        return []
    found = {tensor.name: tensor for layout in Layout for _, tensor in model.number_tensors(model.sources(layout))}
    return [t for t in found.values() if t.element_count == 1 and t.quantization is None and is_readable(t)]


def _number(tensor: ModelTensor, reader: WeightReader) -> float:
    (raw,) = read_parts(Chunk(tensor, ((0, 1),)), reader)
    if tensor.dtype == "BF16":  # the upper half of a float32
        return float((raw.view("<u2").astype(np.uint32) << 16).view(np.float32)[0])
    return float(raw.view("<f2" if tensor.dtype == "F16" else "<f4")[0])


def _noises(tensors: list[ModelTensor], reader: WeightReader, is_cancelled: IsCancelled) -> dict[str, float]:
    factors = FactorReader(reader)
    meter = Meter(Stage.SCALES, len(tensors), ignore_progress, is_cancelled)  # a millisecond or two for each
    found = {}
    for tensor in tensors:
        found[tensor.name] = _six_digits(noise_in_blocks(tensor, reader, factors))
        meter.advance(1, tensor.name)
    return found


def _roundings(tensors: list[ModelTensor], reader: WeightReader, meter: Meter) -> dict[str, Rounding]:
    """Of those tensors that something is lost of."""

    def work(_: int, chunk: Chunk) -> Rounding:
        return chunk_rounding(chunk, reader)

    found: dict[str, Rounding] = {}
    chunks = (chunk for tensor in tensors for chunk in chunks_of(tensor, size=LOOKED_AT))
    for chunk, rounding in ordered_pool(work, chunks, READERS, READERS + 1):
        tensor = chunk.tensor
        meter.advance(sum(n for part in tensor.parts[1:] for _, n in chunk.byte_ranges(part)), tensor.name)
        if rounding.group_count:
            found[tensor.name] = together(found.get(tensor.name, NONE), rounding)
    return found


def _compare(pair: Pair, reader: WeightReader, on_progress: OnProgress, is_cancelled: IsCancelled) -> HeadComparison:
    head = pair[0]
    if head.shape[-1] > ROW_LIMIT:
        raise CheckpointError(
            text("{tensor} has rows of {count:,} values.", tensor=head.name, count=head.shape[-1]),
            text("No model has rows that long."),
        )
    byte_count = sum(tensor.byte_count for tensor in pair)
    meter = Meter(Stage.COMPARE, byte_count, on_progress, is_cancelled)
    if all(equal for _, equal in _each_chunk(pair, reader, meter, lambda parts: compute(are_equal, pair, parts))):
        return HeadComparison(head.element_count, 0, 0.0, 0.0, 1.0, ())
    meter = Meter(Stage.MEASURE, byte_count, on_progress, is_cancelled)
    row_length = head.shape[-1]
    return _summary(head, _each_chunk(pair, reader, meter, lambda parts: compute(measure, pair, parts, row_length)))


def _head_and_embedding(model: Model) -> Pair | None:
    head, embedding = model.head, model.embedding
    if head is None or embedding is None or head.shape != embedding.shape or len(head.shape) != 2:
        return None
    return (head, embedding) if is_readable(head) and is_readable(embedding) and head.element_count else None


def _each_chunk(
    pair: Pair, reader: WeightReader, meter: Meter, judge: Callable[[PairOfParts], Result]
) -> Iterator[tuple[Chunk, Result]]:
    """Both tensors' chunks of whole rows, judged, in order."""
    head, embedding = pair
    size = max(1, CHUNK // head.shape[-1]) * head.shape[-1]

    def work(_: int, chunk: Chunk) -> Result:
        return judge((read_parts(chunk, reader), read_parts(Chunk(embedding, chunk.runs), reader)))

    for chunk, result in ordered_pool(work, chunks_of(head, size=size), READERS, READERS + 1):
        meter.advance(round(chunk.count / head.element_count * (head.byte_count + embedding.byte_count)), head.name)
        yield chunk, result


def read_parts(chunk: Chunk, reader: WeightReader) -> tuple[Bytes, ...]:
    """The chunk's share of everything stored for its tensor, as bytes in new buffers. Raises ConversionError."""
    return tuple(chunk.read(part, reader) for part in chunk.tensor.parts)


def _summary(head: ModelTensor, chunks: Iterator[tuple[Chunk, ChunkDifference]]) -> HeadComparison:
    differing, within_steps, sums = 0, True, np.zeros(6)
    worst: list[tuple[float, int]] = []
    for chunk, difference in chunks:
        differing += difference.differing_count
        within_steps &= difference.within_steps
        with np.errstate(invalid="ignore"):  # infinities cancel out
            sums += difference.sums
        first_row = chunk.runs[0][0] // head.shape[-1]
        rows = ((float(largest), -(first_row + i)) for i, largest in enumerate(difference.row_largest) if largest)
        worst = heapq.nlargest(WORST_ROWS, (*worst, *rows))
    gap, both, first, second, head_steps, embedding_steps = (float(total) for total in sums)
    length = math.sqrt(first) * math.sqrt(second)
    return HeadComparison(
        element_count=head.element_count,
        differing_count=differing,
        largest=worst[0][0] if worst else 0.0,
        mean=_six_digits(gap / head.element_count),
        cosine=_six_digits(both / length) if length else 1.0,
        worst_rows=tuple(RowDifference(-row, largest) for largest, row in worst),
        within_steps=within_steps,
        head_step=_six_digits(head_steps / head.element_count),
        embedding_step=_six_digits(embedding_steps / head.element_count),
    )


def _six_digits(value: float) -> float:
    """To the precision that every device agrees on."""
    return float(f"{value:.6g}")
