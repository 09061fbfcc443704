"""write_adapter: the plan of an adapter → its file, by the same rules as that of a model."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import numpy as np

from app.core.arrays import Floats
from app.core.convert.converter import check_size
from app.core.convert.gguf_file import PlanWriter, TensorStream
from app.core.convert.part_file import part_file
from app.core.convert.place import check_target
from app.core.convert.row_writer import refuse_bad_values
from app.core.convert.written_file import StageSeconds, WrittenFile
from app.core.encode.encoder import encode
from app.core.errors import PlanError
from app.core.model.low_rank_pairs import Pair
from app.core.plan.adapter import AdapterPlan, AdapterTensor
from app.core.plan.adapter.adapter_plan import is_embedding, tensors_of
from app.core.progress import IsCancelled, Meter, OnProgress, Stage, ignore_progress, never_cancelled
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.low_rank_pairs import factors


def write_adapter(
    plan: AdapterPlan,
    target: Path,
    *,
    overwrite: bool = False,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> WrittenFile:
    """Write the file that `plan` describes to `target`. Same plan, same bytes.

    Raises PlanError, TargetError, ConversionError, Cancelled; then nothing is left behind.
    """
    started, target = time.monotonic(), Path(target).absolute()
    for finding in plan.blockers[:1]:
        raise PlanError(finding.what, finding.advice)
    files = dict.fromkeys(file for pair in plan.pairs for file in pair.files)
    for folder in plan.folders:
        check_target(target, folder, plan.byte_count, overwrite)
    meter = Meter(Stage.CONVERT, sum(tensor.byte_count for tensor in plan.tensors), on_progress, is_cancelled)
    with WeightReader(files) as reader, part_file(target, overwrite) as part:
        with closing(PlanWriter(part, plan)) as writer:
            writer.write_header()
            for tensor, values in _tensors(plan, reader):
                writer.write_tensor_data(_stream(tensor, values))  # type: ignore[arg-type]
                meter.advance(tensor.byte_count, tensor.name)
        check_size(part.written, plan.byte_count)
        reader.check_unchanged()
    return WrittenFile(target, plan.byte_count, time.monotonic() - started, StageSeconds(0, 0, 0, 0))


def _tensors(plan: AdapterPlan, reader: WeightReader) -> Iterator[tuple[AdapterTensor, Floats]]:
    """One after the other; of a pair both are in memory, and nothing else."""
    for pair in plan.pairs:
        yield from zip(tensors_of(pair, plan.type), _as_written(pair, reader), strict=True)


def _as_written(pair: Pair, reader: WeightReader) -> tuple[Floats, Floats]:
    a, b = factors(pair, reader)
    return (b, a.T) if is_embedding(pair) else (a, b)


def _stream(tensor: AdapterTensor, values: Floats) -> TensorStream:
    def write(file: IO[bytes]) -> None:
        assert values.shape == tensor.shape
        raw = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
        encoded = encode(raw, "F32", tensor.type, np.empty(tensor.byte_count, np.uint8))
        refuse_bad_values(tensor.name, tensor.type, encoded.non_finite, encoded.overflows)
        file.write(encoded.data.data)

    return TensorStream(tensor.byte_count, write)
