"""One tensor of several files at once: its chunks as they come, each file's version to that file."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from gguf import GGMLQuantizationType

from app.core.convert.chunk_worker import ChunkJob, Row, effort_of, encoded_size, kind_of, value_count
from app.core.encode.encoder import NO_ERROR, Encoded, Error
from app.core.encode.kept import Kept
from app.core.errors import ConversionError
from app.core.plan import PlannedTensor
from app.core.progress import Meter
from app.core.text import counted, text


def rounded(figure: float) -> float:
    """As many digits as machines agree on."""
    return float(f"{figure:.4g}")


class WriteClock:
    """Time spent on the disk."""

    seconds = 0.0


class Measures:
    """What is known beforehand of a file's tensors, and what was measured, by name."""

    def __init__(self) -> None:
        self.errors: dict[str, float] = {}
        self.kept: dict[str, Kept] = {}

    def add(self, tensor: PlannedTensor, error: Error | None, kept: Kept | None) -> None:
        if tensor.error == 0:
            self.errors[tensor.name] = 0.0
        elif error is not None:
            self.errors[tensor.name] = rounded(error.relative)
        if kept is not None:
            self.kept[tensor.name] = kept


@dataclass
class RowWriter:
    """Takes the chunks of one tensor, and writes each file's version of them."""

    tensors: Row
    chunks: Iterator[tuple[ChunkJob, tuple[Encoded, ...]]]
    meter: Meter
    clock: WriteClock
    measures: list[Measures]

    def __call__(self, files: Sequence[IO[bytes]]) -> None:
        counts = [_Counts() for _ in files]
        left, kind = self.tensors[0].byte_count, kind_of(self.tensors)
        while left:
            job, versions = next(self.chunks)
            for encoded, count, file in zip(versions, counts, files, strict=True):
                count.add(encoded)
                started = time.perf_counter()
                file.write(encoded.data.data)
                self.clock.seconds += time.perf_counter() - started
            left -= encoded_size(job, self.tensors[0])
            size = sum(encoded_size(job, tensor) for tensor in self.tensors)
            effort = sum(effort_of(tensor, value_count(job)) for tensor in self.tensors)
            self.meter.advance(size, self.tensors[0].name, effort, kind)
        for tensor, count, measures in zip(self.tensors, counts, self.measures, strict=True):
            name = tensor.source.name  # at its end, to count all of them
            refuse_bad_values(name, tensor.type, count.non_finite, count.overflows)
            measures.add(tensor, count.error, count.kept)


@dataclass
class _Counts:
    """Sums over the chunks of one version."""

    non_finite: int = 0
    overflows: int = 0
    error: Error | None = None
    kept: Kept | None = None

    def add(self, encoded: Encoded) -> None:
        self.non_finite += encoded.non_finite
        self.overflows += encoded.overflows
        if encoded.error is not None:
            self.error = encoded.error + (self.error or NO_ERROR)
        if encoded.kept is not None:
            self.kept = encoded.kept if self.kept is None else self.kept + encoded.kept


def refuse_bad_values(name: str, kind: GGMLQuantizationType, non_finite: int, overflows: int) -> None:
    """Nothing like that may be in a file. Raises ConversionError."""
    if non_finite:
        raise ConversionError(
            counted(
                "{tensor} holds {count:,} value that is NaN or infinite.",
                "{tensor} holds {count:,} values that are NaN or infinite.",
                non_finite,
                tensor=name,
            ),
            text(
                "The training run diverged, or the file is damaged. "
                "Use an earlier checkpoint, or copy the folder again."
            ),
        )
    if overflows:
        raise ConversionError(
            counted(
                "{tensor} holds {count:,} value too large for {type}.",
                "{tensor} holds {count:,} values too large for {type}.",
                overflows,
                tensor=name,
                type=kind.name,
            ),
            text("Choose bf16 or f32, which can hold values that large."),
        )
