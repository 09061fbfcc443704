"""prove_weights: every tensor of a finished file, read back, against what MLX computes from the folder."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGUFReader, ReaderTensor
from gguf.quants import dequantize

from app.core.arrays import Bytes, Floats
from app.core.convert.chunk_worker import ChunkJob, jobs_of
from app.core.encode.encoder import Error, encode
from app.core.encode.weighted import Weights, encode_weighted
from app.core.errors import ConversionError
from app.core.plan import ConversionPlan, Method, PlannedTensor
from app.core.progress import IsCancelled, Meter, OnProgress, Stage, ignore_progress, never_cancelled
from app.core.text import NOTHING, Text, text
from app.core.verify.bounds import exceeds
from app.core.verify.mlx_values import mlx_values
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.importance import ImportanceReader

UPDATES = 2.0**-18  # of the largest value: the product of two factors in float64, and as the pipeline makes it exact
EXACT = (Method.COPY, Method.KEEP_BLOCKS, Method.COMPUTE)


@dataclass(frozen=True)
class TensorProof:
    """One tensor: root mean square and largest of the differences from MLX's values, and what is wrong, "" if nothing.

    `relative` is the root mean square relative to that of the values. `is_matrix`: no bias, no norm.
    """

    name: str
    type: str
    relative: float
    largest: float
    problem: str = ""
    is_matrix: bool = True


@dataclass(frozen=True)
class WeightProof:
    """All tensors of a file; `problem` is what is wrong with the file as a whole."""

    tensors: tuple[TensorProof, ...]
    problem: Text = NOTHING

    @property
    def is_sound(self) -> bool:
        """Whether every value is what MLX has, as far as its type can hold it."""
        return not self.problem and not any(one.problem for one in self.tensors)


def prove_weights(
    plan: ConversionPlan,
    path: Path,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> WeightProof:
    """Compare a file with the folder that the final `plan` is about, chunk by chunk, whatever their size.

    Raises ConversionError where the folder cannot be read, Cancelled.
    """
    try:
        found = {str(tensor.name): tensor for tensor in GGUFReader(path).tensors}
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        return WeightProof((), text("{file} cannot be read: {reason}.", file=path.name, reason=str(error)))
    extra = sorted(found.keys() - {tensor.name for tensor in plan.tensors})
    problem = text("The file has a tensor that the model does not: {tensor}.", tensor=extra[0]) if extra else NOTHING
    files = dict.fromkeys(file for tensor in plan.tensors for source in tensor.sources for file in source.files)
    files |= dict.fromkeys(tensor.importance.sums.file for tensor in plan.tensors if tensor.importance)
    meter = Meter(Stage.PROVE, sum(tensor.byte_count for tensor in plan.tensors), on_progress, is_cancelled)
    with WeightReader(files) as reader:
        tensors = tuple(_proof(tensor, found.get(tensor.name), reader, meter) for tensor in plan.tensors)
    return WeightProof(tensors, problem)


def _proof(tensor: PlannedTensor, stored: ReaderTensor | None, reader: WeightReader, meter: Meter) -> TensorProof:
    problem = _form(tensor, stored)
    if problem or stored is None:
        meter.advance(tensor.byte_count, tensor.name)
        return TensorProof(tensor.name, tensor.type.name, math.inf, math.inf, problem, len(tensor.shape) > 1)
    error, largest, wrong = Error(0.0, 0.0), 0.0, NOTHING
    raw, first = stored.data.reshape(-1).view(np.uint8), 0
    for job, expected in _expected(tensor, reader):
        here = raw[first : first + _byte_count(tensor, expected.size)]
        values = dequantize(here.view(stored.data.dtype), tensor.type).astype(np.float32).reshape(-1)
        changes = values.astype(np.float64) - expected
        error += Error(float(np.dot(expected.astype(np.float64), expected)), float(np.dot(changes, changes)))
        largest = max(largest, float(np.abs(changes).max(initial=0.0)))
        wrong = wrong or _wrong(tensor, job, expected, values, here, reader)
        first += here.size
        meter.advance(here.size, tensor.name)
    return TensorProof(tensor.name, tensor.type.name, error.relative, largest, wrong, len(tensor.shape) > 1)


def _form(tensor: PlannedTensor, stored: ReaderTensor | None) -> str:
    if stored is None:
        return text("it is not in the file")
    shape = tuple(int(length) for length in reversed(stored.shape))
    if shape != tensor.shape or stored.tensor_type != tensor.type:
        return text(
            "it is {type} of shape {shape} in the file, not {planned} of {planned_shape}",
            type=stored.tensor_type.name,
            shape=shape,
            planned=tensor.type.name,
            planned_shape=tensor.shape,
        )
    return ""


def _expected(tensor: PlannedTensor, reader: WeightReader) -> Iterator[tuple[ChunkJob, Floats]]:
    for job in jobs_of([(tensor,)]):
        if job.chunk is None:
            yield job, np.array(tensor.values, np.float32)
        else:
            yield job, mlx_values(job.chunk, tensor.change, reader)


def _wrong(
    tensor: PlannedTensor, job: ChunkJob, expected: Floats, values: Floats, here: Bytes, reader: WeightReader
) -> Text:
    """What is wrong with a chunk, where its first fault is; empty for a sound one."""
    columns, has_updates = tensor.shape[-1], any(source.updates for source in tensor.sources)
    exact = tensor.method in EXACT or (tensor.method is Method.REPACK and not tensor.error)
    slack = UPDATES * float(np.abs(expected).max(initial=0.0)) if has_updates else 0.0
    beyond = exceeds(expected, values, tensor.type, exact, slack)
    if beyond.size:
        place = job.first + int(beyond[0])
        return text(
            "row {row:,}, column {column:,}: {found:.6g} in the file, {expected:.6g} by MLX",
            row=place // columns,
            column=place % columns,
            found=float(values[beyond[0]]),
            expected=float(expected[beyond[0]]),
        )
    if tensor.method in (Method.ENCODE, Method.REQUANTIZE) and not has_updates:
        again = _encoded_again(tensor, job, expected, reader)
        other = np.flatnonzero(again != here)
        if other.size:
            block, block_bytes = GGML_QUANT_SIZES[tensor.type]
            place = job.first + int(other[0]) // block_bytes * block
            return text(
                "row {row:,}, column {column:,}: other bytes than encoding gives",
                row=place // columns,
                column=place % columns,
            )
    return NOTHING


def _encoded_again(tensor: PlannedTensor, job: ChunkJob, expected: Floats, reader: WeightReader) -> Bytes:
    raw, out = expected.view(np.uint8), np.empty(expected.size * 4, np.uint8)
    if tensor.importance is None:
        return encode(raw, "F32", tensor.type, out).data
    row_length, row_count = tensor.shape[-1], tensor.shape[-2]
    weights = ImportanceReader(reader).values(tensor.importance, row_length)
    return encode_weighted(raw, "F32", tensor.type, out, Weights(weights, row_count, job.first // row_length)).data


def _byte_count(tensor: PlannedTensor, count: int) -> int:
    block, block_bytes = GGML_QUANT_SIZES[tensor.type]
    if count % block:
        raise ConversionError(text("{tensor} does not end with a block.", tensor=tensor.name))
    return count // block * block_bytes
