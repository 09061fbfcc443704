"""convert: the plan → the file, or several plans → as many files; of a plan that says so, the file in parts.

Streams chunk by chunk; a wrong file never gets the final name.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from math import prod
from pathlib import Path

from app.core.convert.chunk_worker import ChunkWorker, Row, effort_of, jobs_of, kind_of
from app.core.convert.gguf_file import PlanWriter, write_side_by_side
from app.core.convert.part_file import part_files
from app.core.convert.part_stream import PartStream
from app.core.convert.place import check_targets
from app.core.convert.row_writer import Measures, RowWriter, WriteClock
from app.core.convert.written_file import StageSeconds, WrittenFile
from app.core.errors import ConversionError, PlanError
from app.core.plan import ConversionPlan, PlannedFile, plan_paths, planned_files
from app.core.progress import IsCancelled, Meter, OnProgress, Stage, ignore_progress, never_cancelled
from app.core.text import text
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.ordered_pool import ordered_pool

Order = tuple[ConversionPlan, Path]


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
    (written,) = convert_all(
        [(plan, target)],
        overwrite=overwrite,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
        threads=threads,
    )
    return written


def convert_all(
    orders: Sequence[Order],
    *,
    overwrite: bool = False,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
    threads: int | None = None,
) -> tuple[WrittenFile, ...]:
    """Write several files from one folder, which is read once: plans that differ in nothing but types.

    Same bytes as one by one. No file gets its name before all are whole: on an error or a cancel nothing is left
    behind, but for files that had their names already when the disk failed another one at the very end.
    """
    started = time.monotonic()
    plans = [plan for plan, _ in orders]
    _check(plans)
    planned = [planned_files(plan) for plan in plans]
    targets = [plan_paths(plan, Path(target).absolute()) for plan, target in orders]
    files = dict.fromkeys(file for tensor in plans[0].tensors for source in tensor.sources for file in source.files)
    model_folder = next(iter(files)).path.parent
    files |= dict.fromkeys(t.importance.sums.file for plan in plans for t in plan.tensors if t.importance)
    sizes = [[file.byte_count for file in some] for some in planned]
    check_targets([pair for pairs in map(zip, targets, sizes) for pair in pairs], model_folder, overwrite)
    byte_count = sum(tensor.byte_count for plan in plans for tensor in plan.tensors)
    effort: dict[str, float] = {}
    for row in zip(*(plan.tensors for plan in plans), strict=True):
        effort[kind_of(row)] = effort.get(kind_of(row), 0.0) + sum(effort_of(one, prod(one.shape)) for one in row)
    meter = Meter(Stage.CONVERT, byte_count, on_progress, is_cancelled, effort)
    with WeightReader(files) as reader, ExitStack() as stack:
        parts = [stack.enter_context(part_files(paths, overwrite)) for paths in targets]
        stages, measures = _write(plans, planned, parts, reader, meter, threads or os.cpu_count() or 1)
        for part, expected in (pair for pairs in map(zip, parts, sizes) for pair in pairs):
            check_size(part.written, expected)
        reader.check_unchanged()
    seconds = time.monotonic() - started
    found = zip(targets, plans, measures, strict=True)
    return tuple(
        WrittenFile(first, plan.byte_count, seconds, stages, one.errors, one.kept, tuple(further))
        for (first, *further), plan, one in found
    )


def _check(plans: Sequence[ConversionPlan]) -> None:
    for plan in plans:
        if plan.blockers:
            finding = plan.blockers[0]
            raise PlanError(finding.what, finding.advice)
        if plan.is_provisional or not any(tensor.sources for tensor in plan.tensors):
            raise PlanError(text("The plan is not final: the weights or the vocabulary have not been read yet."))
    first, *others = ([(t.name, t.shape, t.sources, t.change, t.values) for t in plan.tensors] for plan in plans)
    if any(other != first for other in others):
        raise PlanError(
            text("Files with different tensors cannot be written in one run."), text("Write one after the other.")
        )


def _write(
    plans: Sequence[ConversionPlan],
    planned: Sequence[Sequence[PlannedFile]],
    parts: Sequence[Sequence[PartStream]],
    reader: WeightReader,
    meter: Meter,
    threads: int,
) -> tuple[StageSeconds, list[Measures]]:
    slots = threads + 2
    worker = ChunkWorker(reader, slots, len(plans))
    clock, measures = WriteClock(), [Measures() for _ in plans]
    rows: list[Row] = list(zip(*(plan.tensors for plan in plans), strict=True))
    chunks = ordered_pool(worker, jobs_of(rows), threads, slots)
    with ExitStack() as stack:
        writers = [
            [stack.enter_context(closing(PlanWriter(part, file))) for part, file in zip(some, files, strict=True)]
            for some, files in zip(parts, planned, strict=True)
        ]
        stack.enter_context(closing(chunks))
        for writer in (one for some in writers for one in some):
            writer.write_header()
        of_rows = zip(*(_by_tensor(some, files) for some, files in zip(writers, planned, strict=True)), strict=True)
        for tensors, side_by_side in zip(rows, of_rows, strict=True):
            write_side_by_side(side_by_side, tensors, RowWriter(tensors, chunks, meter, clock, measures))
    seconds = StageSeconds(worker.read_seconds, worker.compute_seconds, worker.encode_seconds, clock.seconds)
    return seconds, measures


def _by_tensor(writers: Sequence[PlanWriter], files: Sequence[PlannedFile]) -> Iterator[PlanWriter]:
    """The writer of each tensor in turn."""
    for writer, file in zip(writers, files, strict=True):
        yield from (writer for _ in file.tensors)


def check_size(actual: int, expected: int) -> None:
    """What was written is what was planned. Raises ConversionError."""
    if actual != expected:
        raise ConversionError(
            text(
                "The file would have {actual:,} bytes instead of the planned {planned:,}. This is a bug in MLX Ferry.",
                actual=actual,
                planned=expected,
            )
        )
