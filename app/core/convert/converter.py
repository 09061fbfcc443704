"""convert: the plan → the file. Streams chunk by chunk; a wrong file never gets the final name."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

from app.core.convert.chunk_worker import ChunkJob, ChunkWorker, encoded_size, jobs_of
from app.core.convert.gguf_file import PlanWriter, TensorStream
from app.core.convert.part_file import check_target, part_file
from app.core.convert.written_file import StageSeconds, WrittenFile
from app.core.encode.encoder import NO_ERROR, Encoded, Error
from app.core.errors import ConversionError, PlanError
from app.core.plan import ConversionPlan, PlannedTensor
from app.core.progress import IsCancelled, Meter, OnProgress, ignore_progress, never_cancelled
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.in_order import in_order

Written = tuple[StageSeconds, dict[str, float]]


def convert(
    plan: ConversionPlan,
    target: Path,
    *,
    overwrite: bool = False,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
    threads: int | None = None,
) -> WrittenFile:
    """Write the file that `plan` describes to `target`.

    Same plan, same bytes, whatever `threads` (default: all cores). Raises PlanError, TargetError, ConversionError,
    Cancelled; then nothing is left behind.
    """
    started = time.monotonic()
    _check(plan)
    target = Path(target).absolute()
    files = dict.fromkeys(part.file for tensor in plan.tensors for source in tensor.sources for part in source.parts)
    model_folder = next(iter(files)).path.parent
    check_target(target, model_folder, plan.byte_count, overwrite)
    meter = Meter("convert", sum(tensor.byte_count for tensor in plan.tensors), on_progress, is_cancelled)
    with WeightReader(files) as reader, part_file(target, overwrite) as path:
        stages, errors = _write(plan, path, reader, meter, threads or os.cpu_count() or 1)
        _check_size(path, plan.byte_count)
        reader.check_unchanged()
    return WrittenFile(target, plan.byte_count, time.monotonic() - started, stages, errors)


def _check(plan: ConversionPlan) -> None:
    if plan.blockers:
        finding = plan.blockers[0]
        raise PlanError(finding.what, finding.advice)
    if plan.is_provisional or not any(tensor.sources for tensor in plan.tensors):
        raise PlanError("The plan is not final: the look at the weights or the vocabulary is missing.")


def _write(plan: ConversionPlan, path: Path, reader: WeightReader, meter: Meter, threads: int) -> Written:
    slots = threads + 2
    worker = ChunkWorker(reader, slots)
    clock, errors = _WriteClock(), _Errors()
    writer = PlanWriter(path, plan)
    chunks = in_order(worker, jobs_of(plan.tensors), threads, slots)
    with closing(writer), closing(chunks):
        writer.write_header()
        for tensor in plan.tensors:
            writer.write_tensor_data(_stream(tensor, chunks, meter, clock, errors))  # type: ignore[arg-type]
    seconds = StageSeconds(worker.read_seconds, worker.compute_seconds, worker.encode_seconds, clock.seconds)
    return seconds, errors.relative


class _WriteClock:
    seconds = 0.0


class _Errors:
    """What is known beforehand, and what was measured."""

    def __init__(self) -> None:
        self.relative: dict[str, float] = {}

    def add(self, tensor: PlannedTensor, measured: Error | None) -> None:
        if tensor.error == 0:
            self.relative[tensor.name] = 0.0
        elif measured is not None:
            self.relative[tensor.name] = float(f"{measured.relative:.4g}")  # as many digits as machines agree on


def _stream(
    tensor: PlannedTensor,
    chunks: Iterator[tuple[ChunkJob, Encoded]],
    meter: Meter,
    clock: _WriteClock,
    errors: _Errors,
) -> TensorStream:
    def write(file: IO[bytes]) -> None:
        left = tensor.byte_count
        non_finite = overflows = 0
        error: Error | None = None
        while left:
            job, encoded = next(chunks)
            if encoded.error is not None:
                error = encoded.error + (error or NO_ERROR)
            non_finite += encoded.non_finite
            overflows += encoded.overflows
            started = time.perf_counter()
            file.write(encoded.data.data)
            clock.seconds += time.perf_counter() - started
            left -= encoded_size(job)
            meter.advance(encoded_size(job), tensor.name)
        _refuse_bad_values(tensor, non_finite, overflows)  # at its end, to count all of them
        errors.add(tensor, error)

    return TensorStream(tensor.byte_count, write)


def _refuse_bad_values(tensor: PlannedTensor, non_finite: int, overflows: int) -> None:
    name = tensor.source.name
    if non_finite:
        raise ConversionError(
            f"{name} holds {non_finite:,} value(s) that are NaN or infinite.",
            "The training run diverged, or the file is damaged. Use an earlier checkpoint, or copy the folder again.",
        )
    if overflows:
        raise ConversionError(
            f"{name} holds {overflows:,} value(s) too large for {tensor.type.name}.",
            "Choose bf16 or f32, which hold numbers of that size.",
        )


def _check_size(path: Path, expected: int) -> None:
    actual = path.stat().st_size
    if actual != expected:
        raise ConversionError(f"The file would have {actual:,} bytes and not the planned {expected:,}: a bug.")
