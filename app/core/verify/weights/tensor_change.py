"""How one tensor of a finished file differs from what MLX computes: figures, and the values that changed most."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.core.checkpoint import WeightFile
from app.core.errors import ConversionError
from app.core.plan import PlannedTensor
from app.core.progress import IsCancelled, Meter, OnProgress, Stage, ignore_progress, never_cancelled
from app.core.text import text
from app.core.verify.header.gguf_file import open_gguf
from app.core.verify.weights.chunk_proof import ChunkPair, decoded
from app.core.verify.weights.weight_proof import encoded_bytes, expected_values
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.figures import Distribution, Numbers, distribution
from app.core.weights.source_values import files_of

WORST = 10


@dataclass(frozen=True, order=True)
class ChangedValue:
    """One value, by MLX and in the file; rows are counted through all matrices of a stack."""

    size: float
    row: int
    column: int
    before: float
    after: float


@dataclass(frozen=True)
class TensorChange:
    """File minus MLX, and the values that changed most, the worst first; those that did not change are none of them."""

    distribution: Distribution
    worst: tuple[ChangedValue, ...]


def tensor_change(
    tensor: PlannedTensor,
    path: Path,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> TensorChange:
    """Of a tensor that was written to `path`, the first of several parts. It is read twice, chunk by chunk.

    Raises Cancelled, CheckpointError where the file cannot be read, ConversionError where the folder cannot, or where
    the file is no longer what was written.
    """
    meter = Meter(Stage.STATISTICS, 2 * tensor.byte_count, on_progress, is_cancelled)
    worst: set[ChangedValue] = set()
    with open_gguf(path) as file, WeightReader(_files(tensor)) as reader:
        stored = file.tensors.get(tensor.name)
        if stored is None or (stored.shape, stored.type) != (tensor.shape, tensor.type):
            raise ConversionError(
                text("{file} no longer holds {tensor} as it was written.", file=path.name, tensor=tensor.name),
                text("Convert again."),
            )

        def read() -> Iterator[Numbers]:
            first = 0
            for job, expected in expected_values(tensor, reader):
                raw = file.raw(stored, first, encoded_bytes(tensor, expected.size))
                pair = ChunkPair(tensor, job, expected, decoded(raw, tensor.type), raw)
                with np.errstate(invalid="ignore"):  # infinities cancel out
                    change = pair.values.astype(np.float64) - expected
                _remember(worst, pair, change)
                yield change
                first += raw.size
                meter.advance(raw.size, tensor.name)

        found = distribution(read)
    return TensorChange(found, tuple(sorted(worst, key=lambda one: (-one.size, one.row, one.column))))


def _files(tensor: PlannedTensor) -> list[WeightFile]:
    files = files_of(tensor.sources)
    return [*files, tensor.importance.sums.file] if tensor.importance else list(files)


def _remember(worst: set[ChangedValue], pair: ChunkPair, change: Numbers) -> None:
    sizes = np.nan_to_num(np.abs(change), nan=np.inf)
    most = min(WORST, sizes.size)
    for number in np.argpartition(sizes, -most)[-most:].tolist():
        if sizes[number]:
            values = float(pair.expected[number]), float(pair.values[number])
            worst.add(ChangedValue(float(sizes[number]), **pair.place(number), before=values[0], after=values[1]))
    for one in heapq.nsmallest(len(worst) - WORST, worst):
        worst.discard(one)
