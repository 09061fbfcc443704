"""prove_weights: every tensor of a finished file, read back, against what MLX computes from the folder."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES

from app.core.arrays import Floats
from app.core.convert.chunk_worker import ChunkJob, jobs_of
from app.core.encode.encoder import NO_ERROR, Error
from app.core.errors import CheckpointError, ConversionError
from app.core.plan import ConversionPlan, Method, PlannedTensor
from app.core.progress import IsCancelled, Meter, OnProgress, Stage, ignore_progress, never_cancelled
from app.core.text import NOTHING, Text, counted, text
from app.core.verify.header.gguf_file import GgufFile, open_gguf
from app.core.verify.weights.bounds import exceeds
from app.core.verify.weights.chunk_proof import ChunkPair, decoded, encoded_again, other_bytes, other_value
from app.core.verify.weights.foreign_chunks import ForeignChunks
from app.core.verify.weights.mlx_values import mlx_values
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.gguf_header import FileTensor

UPDATES = 2.0**-18  # of the largest value: the product of two factors in float64, and as the pipeline makes it exact
EXACT = (Method.COPY, Method.KEEP_BLOCKS, Method.COMPUTE)


@dataclass(frozen=True)
class TensorProof:
    """One tensor: root mean square and largest of the differences from MLX's values, and what is wrong, "" if nothing.

    `relative` is the root mean square relative to that of the values. `explained` is the share of its blocks that hold
    these values exactly, or are what encoding gives for them, and `is_possible` says that the others are within the
    bounds of the type; both are known of foreign files. `is_matrix`: no bias, no norm.
    """

    name: str
    type: str
    relative: float
    largest: float
    problem: str = ""
    explained: float = 1.0
    is_possible: bool = True
    is_matrix: bool = True


@dataclass(frozen=True)
class WeightProof:
    """All tensors of a file; `problem` is what is wrong with the file as a whole, `note` what should be known of it."""

    tensors: tuple[TensorProof, ...]
    problem: str = ""
    note: Text = NOTHING

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
    """Compare a file that `plan` was written to with the folder, chunk by chunk, whatever their size.

    Raises ConversionError where the folder cannot be read, Cancelled.
    """
    try:
        with open_gguf(path) as file:
            return prove_tensors(plan, file, on_progress, is_cancelled)
    except CheckpointError as error:
        return WeightProof((), error.message)


def prove_tensors(
    plan: ConversionPlan,
    file: GgufFile,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
    *,
    is_foreign: bool = False,
) -> WeightProof:
    """The same for an open file. `is_foreign`: the plan has the file's types, but nobody knows how it was encoded.

    Raises ConversionError where the folder cannot be read, Cancelled.
    """
    files = dict.fromkeys(file for tensor in plan.tensors for source in tensor.sources for file in source.files)
    files |= dict.fromkeys(tensor.importance.sums.file for tensor in plan.tensors if tensor.importance)
    meter = Meter(Stage.PROVE, sum(tensor.byte_count for tensor in plan.tensors), on_progress, is_cancelled)
    with WeightReader(files) as reader:
        prove = _Prover(file, reader, meter, is_foreign)
        found = ((tensor, prove.tensor(tensor, file.tensors.get(tensor.name))) for tensor in plan.tensors)
        tensors = tuple(replace(proof, is_matrix=len(tensor.shape) > 1) for tensor, proof in found)
    return WeightProof(tensors, _further(plan, file))


def _further(plan: ConversionPlan, file: GgufFile) -> Text:
    known = {tensor.name for tensor in plan.tensors}
    further = [name for name in file.tensors if name not in known]
    if not further:
        return NOTHING
    return counted(
        "The file has a tensor that the model does not: {tensor}.",
        "The file has {count:,} tensors that the model does not; the first is {tensor}.",
        len(further),
        tensor=further[0],
    )


@dataclass(frozen=True)
class _Prover:
    file: GgufFile
    reader: WeightReader
    meter: Meter
    is_foreign: bool

    def tensor(self, tensor: PlannedTensor, stored: FileTensor | None) -> TensorProof:
        kind = tensor.type.name
        problem = _form(tensor, stored)
        if problem or stored is None:
            self.meter.advance(tensor.byte_count, tensor.name)
            return TensorProof(tensor.name, kind, math.inf, math.inf, problem, 0.0)
        error, largest, wrong, first = NO_ERROR, 0.0, NOTHING, 0
        foreign = ForeignChunks(tensor, self.reader)
        for job, expected in expected_values(tensor, self.reader):
            raw = self.file.raw(stored, first, encoded_bytes(tensor, expected.size))
            try:
                pair = ChunkPair(tensor, job, expected, decoded(raw, tensor.type), raw)
            except NotImplementedError:
                unknown = text("its type {type} cannot be decoded", type=kind)
                return TensorProof(tensor.name, kind, math.inf, math.inf, unknown, 0.0)
            with np.errstate(all="ignore"):  # the largest finite numbers have no squares, and NaN is found below
                changes = pair.values.astype(np.float64) - expected
                squares = float(np.dot(expected.astype(np.float64), expected)), float(np.dot(changes, changes))
            error += Error(*squares)
            largest = max(largest, float(np.abs(changes).max(initial=0.0)))
            slack = _slack(pair)
            if self.is_foreign:
                foreign.add(pair, slack)
            else:
                wrong = wrong or self._wrong(pair, slack)
            first += raw.size
            self.meter.advance(raw.size, tensor.name)
        if self.is_foreign:
            found = foreign.problem(error), foreign.explained, foreign.is_possible
            return TensorProof(tensor.name, kind, error.relative, largest, *found)
        return TensorProof(tensor.name, kind, error.relative, largest, wrong)

    def _wrong(self, pair: ChunkPair, slack: float) -> Text:
        """What is wrong with a chunk that is written by plan, where its first fault is; empty for a sound one."""
        tensor = pair.tensor
        exact = tensor.method in EXACT or (tensor.method is Method.REPACK and not tensor.error)
        beyond = exceeds(pair.expected, pair.values, tensor.type, exact, slack)
        if beyond.size:
            return other_value(pair, int(beyond[0]))
        if tensor.method in (Method.ENCODE, Method.REQUANTIZE) and not slack:
            other = np.flatnonzero(encoded_again(pair, self.reader) != pair.raw)
            if other.size:
                block, block_bytes = GGML_QUANT_SIZES[tensor.type]
                return other_bytes(pair, int(other[0]) // block_bytes * block)
        return NOTHING


def _slack(pair: ChunkPair) -> float:
    """By how much MLX's values may be off here; only those of adapters are."""
    has_updates = any(source.updates for source in pair.tensor.sources)
    return UPDATES * float(np.abs(pair.expected).max(initial=0.0)) if has_updates else 0.0


def _form(tensor: PlannedTensor, stored: FileTensor | None) -> Text:
    if stored is None:
        return text("it is not in the file")
    if stored.shape != tensor.shape or stored.type != tensor.type:
        return text(
            "it is {type} of shape {shape} in the file, not {planned} of {planned_shape}",
            type=stored.type.name,
            shape=stored.shape,
            planned=tensor.type.name,
            planned_shape=tensor.shape,
        )
    return NOTHING


def expected_values(tensor: PlannedTensor, reader: WeightReader) -> Iterator[tuple[ChunkJob, Floats]]:
    """Each chunk in order, and its (n,) values by MLX. Raises ConversionError."""
    for job in jobs_of([(tensor,)]):
        if job.chunk is None:
            yield job, np.array(tensor.values, np.float32)
        else:
            yield job, mlx_values(job.chunk, tensor.change, reader)


def encoded_bytes(tensor: PlannedTensor, count: int) -> int:
    """Of so many values in the file. Raises ConversionError."""
    block, block_bytes = GGML_QUANT_SIZES[tensor.type]
    if count % block:
        raise ConversionError(text("{tensor} does not end with a block.", tensor=tensor.name))
    return count // block * block_bytes
