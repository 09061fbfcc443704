"""read → move, decode → change → encode for one chunk, in buffers that belong to a slot."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.arrays import Bytes, Floats
from app.core.encode.affine_blocks import affine_blocks
from app.core.encode.encoder import Encoded, copied_blocks, encode, encode_changed
from app.core.encode.fp4_blocks import mxfp4_blocks, nvfp4_blocks
from app.core.encode.kernels import Measuring
from app.core.encode.passes import CASTS
from app.core.encode.weighted import Weights, encode_weighted
from app.core.errors import ConversionError
from app.core.floats import widened
from app.core.ggml_types import TENSOR_TYPES
from app.core.plan import Method, PlannedTensor
from app.core.text import text
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import CHUNK, Chunk, chunks_of, row_length_of
from app.core.weights.factors import FactorReader
from app.core.weights.importance import ImportanceReader
from app.core.weights.mlx_thread import compute
from app.core.weights.packed_moves import moved_packed
from app.core.weights.updates import one_low_rank, updated
from app.core.weights.values import affine_codes, changed, moved, packed_values, transformed

WIDEST = 4  # bytes of a float32
READING = 0.5  # nanoseconds for a value, of reading and writing; measured beside those of the types


Row = tuple[PlannedTensor, ...]


@dataclass(frozen=True)
class ChunkJob:
    """One chunk of one tensor, of which each file gets its own version; None where its values are in the plan.

    `first` is the number of the chunk's first value among all of the tensor.
    """

    tensors: Row
    chunk: Chunk | None
    first: int = 0


def jobs_of(rows: Iterable[Row]) -> Iterator[ChunkJob]:
    """All chunks in the order of the files; whole rows where an importance matrix weighs columns."""
    for tensors in rows:
        first, one = 0, tensors[0]
        size = _chunk_size(tensors)
        if not one.sources:
            yield ChunkJob(tensors, None)
        for source in one.sources:
            for chunk in chunks_of(source, one.change, size):
                yield ChunkJob(tensors, chunk, first)
                first += chunk.count


def _chunk_size(tensors: Row) -> int:
    """Values in a chunk. Raises ConversionError."""
    if any(tensor.importance for tensor in tensors):
        return _whole_rows(tensors[0])
    stay_packed = all(
        source.quantization is not None and source.quantization.mode == "affine" and one.keeps_codes
        for one in tensors
        for source in one.sources
    )
    return CHUNK * WIDEST if stay_packed else CHUNK  # less than a byte each, with their scales


def _whole_rows(tensor: PlannedTensor) -> int:
    """Values of as many rows as a chunk has room for. Raises ConversionError."""
    row_length = tensor.shape[-1]
    if row_length > CHUNK:
        raise ConversionError(
            text(
                "{tensor} has rows of {count:,} values, too long for an importance matrix.",
                tensor=tensor.name,
                count=row_length,
            )
        )
    return CHUNK // row_length * row_length


def encoded_size(job: ChunkJob, tensor: PlannedTensor) -> int:
    """Bytes that a chunk takes in the file of `tensor`."""
    block, block_bytes = GGML_QUANT_SIZES[tensor.type]
    return value_count(job) // block * block_bytes


def value_count(job: ChunkJob) -> int:
    """Values of a chunk."""
    return len(job.tensors[0].values) if job.chunk is None else job.chunk.count


def effort_of(tensor: PlannedTensor, count: int) -> float:
    """About how many nanoseconds of one core so many of its values take: reading, and making what the file gets."""
    return count * (READING if _is_kept(tensor) else READING + TENSOR_TYPES[tensor.type].nanoseconds)


def kind_of(tensors: Row) -> str:
    """A name for what is done with them: of one kind every value takes about as long."""
    return " ".join("kept" if _is_kept(tensor) else tensor.type.name for tensor in tensors)


def _is_kept(tensor: PlannedTensor) -> bool:
    return tensor.method in (Method.COPY, Method.COMPUTE) or tensor.keeps_codes


def measures_error(tensor: PlannedTensor) -> bool:
    """Whether encoding changes values in a way that only the values tell: blocks, and casts of packed weights."""
    if tensor.error is not None:
        return False
    return tensor.type not in CASTS or not all(source.is_plain for source in tensor.sources)


class ChunkWorker:
    """Works in a pool. Each slot has its own buffers, so that nothing is allocated per chunk for what is copied."""

    def __init__(self, reader: WeightReader, slots: int, file_count: int = 1) -> None:
        self._reader = reader
        self._importance, self._factors = ImportanceReader(reader), FactorReader(reader)
        self._stored = [np.empty(CHUNK * WIDEST, np.uint8) for _ in range(slots)]
        self._encoded = [np.empty((file_count, CHUNK * WIDEST), np.uint8) for _ in range(slots)]
        self.read_seconds = self.compute_seconds = self.encode_seconds = 0.0  # approximate: threads may collide

    def __call__(self, slot: int, job: ChunkJob) -> tuple[Encoded, ...]:
        """What each file gets; files that want the same share it. Raises ConversionError."""
        if job.chunk is None:
            return tuple(Encoded(np.array(one.values, np.float32).view(np.uint8), 0, 0) for one in job.tensors)
        with self._timed("read_seconds"):
            parts = self._read(slot, job.chunk)
        made: dict[object, Encoded] = {}
        values: ChunkValues | None = None
        for tensor in job.tensors:
            key = tensor.type, tensor.importance
            if key in made:
                continue
            out = self._encoded[slot][len(made)]
            if tensor.keeps_codes:
                with self._timed("encode_seconds"):
                    made[key] = _repack(tensor, job.chunk, parts, out)
                continue
            if values is None:
                with self._timed("compute_seconds"):
                    values = ChunkValues(tensor, job.chunk, parts, self._factors)
            made[key] = self._encode(values, tensor, job.first, out)
        return tuple(made[tensor.type, tensor.importance] for tensor in job.tensors)

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        setattr(self, stage, getattr(self, stage) + time.perf_counter() - started)

    def _encode(self, values: "ChunkValues", tensor: PlannedTensor, first: int, out: Bytes) -> Encoded:
        if values.low_rank is not None and tensor.importance is None:
            with self._timed("encode_seconds"):
                encoded = encode_changed(*values.stored, tensor.type, out, values.low_rank)
            if encoded is not None:
                return encoded
        with self._timed("compute_seconds"):
            wanted, before = values.wanted, values.before
        with self._timed("encode_seconds"):
            measuring = Measuring(before) if before is not None or measures_error(tensor) else None
            if tensor.importance is None:
                return encode(*wanted, tensor.type, out, measuring=measuring)
            row_length, row_count = tensor.shape[-1], tensor.shape[-2]
            lines = self._importance.values(tensor.importance, row_length)
            return encode_weighted(*wanted, tensor.type, out, Weights(lines, row_count, first // row_length), measuring)

    def _read(self, slot: int, chunk: Chunk) -> tuple[Bytes, ...]:
        parts, used = [], 0
        for part in chunk.tensor.parts:
            parts.append(chunk.read(part, self._reader, self._stored[slot][used:]))
            used += -(-parts[-1].size // 64) * 64  # keep every part aligned
        return tuple(parts)


FP4_BLOCKS = {GGMLQuantizationType.MXFP4: mxfp4_blocks, GGMLQuantizationType.NVFP4: nvfp4_blocks}


def _repack(tensor: PlannedTensor, chunk: Chunk, parts: tuple[Bytes, ...], out: Bytes) -> Encoded:
    """Codes into blocks, without decoding."""
    packing = chunk.tensor.quantization
    if packing is not None and packing.mode == "affine":
        codes = affine_codes(chunk.tensor, tensor.change.within_rows, parts)
        return affine_blocks(codes, chunk.tensor.dtype, packing.group_size, tensor.type, out)
    parts, _ = moved_packed(chunk.tensor, tensor.change.within_rows, parts)  # the plan has seen that whole groups move
    if packing is not None and packing.codec:
        return copied_blocks(parts[0], tensor.type)
    return FP4_BLOCKS[tensor.type](*parts)


def _transform(tensor: PlannedTensor, chunk: Chunk, parts: tuple[Bytes, ...]) -> tuple[Bytes, str]:
    """Bytes and their dtype. What moves within rows passes through MLX; what is not packed keeps its bytes else."""
    source, change = chunk.tensor, tensor.change
    raw, dtype = parts[0], source.dtype
    if change.within_rows is not None:
        raw, dtype = compute(transformed, source, change.within_rows, parts)
    elif source.quantization is not None:
        raw, dtype = packed_values(source, parts).view(np.uint8), "F32"  # in every thread of the pool
    if not change.values:
        return raw, dtype
    rounds_to_half = source.dtype == "F16" and source.quantization is None
    values = changed(widened(raw, dtype), change.values, chunk.row, row_length_of(source, change), rounds_to_half)
    return values.view(np.uint8), "F32"


class ChunkValues:
    """One chunk's values as a file wants them, of which every file makes its own. Raises ConversionError.

    `stored`: without adapters, bytes and their dtype. `low_rank`: what is added to them, where that is all that
    adapters and the family do.
    """

    def __init__(self, tensor: PlannedTensor, chunk: Chunk, parts: tuple[Bytes, ...], factors: FactorReader) -> None:
        self._tensor, self._chunk, self._parts, self._factors = tensor, chunk, parts, factors
        self.stored = _transform(tensor, chunk, parts)
        self._has_updates = bool(chunk.tensor.updates) and not chunk.is_padding
        is_plain = not tensor.change.values and tensor.change.within_rows is None
        self.low_rank = one_low_rank(chunk.tensor, chunk.rows, factors) if self._has_updates and is_plain else None

    @cached_property
    def before(self) -> Floats | None:
        """Without adapters; None where there are none."""
        return widened(*self.stored) if self._has_updates else None

    @cached_property
    def wanted(self) -> tuple[Bytes, str]:
        """What is to be encoded: bytes and their dtype."""
        if self.before is None:
            return self.stored
        return _updated(self._tensor, self._chunk, self._parts, self.before, self._factors)


def _updated(
    tensor: PlannedTensor, chunk: Chunk, parts: tuple[Bytes, ...], before: Floats, factors: FactorReader
) -> tuple[Bytes, str]:
    """What adapters make of the values, then what the family does to them; as float32. `before`: without adapters."""
    source, change = chunk.tensor, tensor.change
    values = before
    if change.values or change.within_rows is not None:
        packed = source.quantization is not None
        values = packed_values(source, parts) if packed else widened(parts[0], source.dtype)
    values = updated(values.reshape(-1, source.shape[-1]), source, chunk.rows, factors).reshape(-1)
    if change.within_rows is not None:
        values = compute(moved, values.view(np.uint8), "F32", source, change.within_rows).view(np.float32)
    if change.values:
        values = changed(values, change.values, chunk.row, row_length_of(source, change), rounds_to_half=False)
    return values.view(np.uint8), "F32"
