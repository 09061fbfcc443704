"""read → move, decode → change → encode for one chunk, in buffers that belong to a slot."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.architectures.ops import Columns, Transpose, ValueOp
from app.core.encode.affine_blocks import affine_blocks
from app.core.encode.encoder import CASTS, Encoded, copied_blocks, encode, widen
from app.core.encode.fp4_blocks import mxfp4_blocks, nvfp4_blocks
from app.core.encode.non_finite import Bytes
from app.core.plan import PlannedTensor
from app.core.plan.repack import is_repacked
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import CHUNK, Chunk, chunks_of, row_length_of
from app.core.weights.device import compute
from app.core.weights.packed_moves import moved_packed
from app.core.weights.values import affine_codes, changed, packed_values, transformed

WIDEST = 4  # bytes of a float32


@dataclass(frozen=True)
class ChunkJob:
    """One chunk of one planned tensor; None where its values are in the plan."""

    tensor: PlannedTensor
    chunk: Chunk | None


def jobs_of(tensors: tuple[PlannedTensor, ...]) -> Iterator[ChunkJob]:
    """All chunks of the file in order."""
    for tensor in tensors:
        if not tensor.sources:
            yield ChunkJob(tensor, None)
        for source in tensor.sources:
            yield from (ChunkJob(tensor, chunk) for chunk in chunks_of(source, tensor.ops))


def encoded_size(job: ChunkJob) -> int:
    """Bytes that a chunk takes in the file."""
    block, block_bytes = GGML_QUANT_SIZES[job.tensor.type]
    count = len(job.tensor.values) if job.chunk is None else job.chunk.count
    return count // block * block_bytes


def measures_error(tensor: PlannedTensor) -> bool:
    """Whether encoding changes values in a way that only the values tell: blocks, and casts of packed weights."""
    if tensor.error is not None:
        return False
    return tensor.type not in CASTS or any(source.quantization for source in tensor.sources)


class ChunkWorker:
    """Works in a pool. Each slot has its own buffers, so that nothing is allocated per chunk for what is copied."""

    def __init__(self, reader: WeightReader, slots: int) -> None:
        self._reader = reader
        self._stored = [np.empty(CHUNK * WIDEST, np.uint8) for _ in range(slots)]
        self._encoded = [np.empty(CHUNK * WIDEST, np.uint8) for _ in range(slots)]
        self.read_seconds = self.compute_seconds = self.encode_seconds = 0.0  # approximate: threads may collide

    def __call__(self, slot: int, job: ChunkJob) -> Encoded:
        """Raises ConversionError."""
        if job.chunk is None:
            return Encoded(np.array(job.tensor.values, np.float32).view(np.uint8), 0, 0)
        started = time.perf_counter()
        parts = self._read(slot, job.chunk)
        read = time.perf_counter()
        self.read_seconds += read - started
        if is_repacked(job.chunk.tensor, job.tensor.ops, job.tensor.type):
            repacked = _repack(job.tensor, job.chunk, parts)
            self.encode_seconds += time.perf_counter() - read
            return repacked
        values, dtype = _transform(job.tensor, job.chunk, parts)
        computed = time.perf_counter()
        encoded = encode(values, dtype, job.tensor.type, self._encoded[slot], measures=measures_error(job.tensor))
        self.compute_seconds += computed - read
        self.encode_seconds += time.perf_counter() - computed
        return encoded

    def _read(self, slot: int, chunk: Chunk) -> tuple[Bytes, ...]:
        parts, used = [], 0
        for part in chunk.tensor.parts:
            parts.append(chunk.read(part, self._reader, self._stored[slot][used:]))
            used += -(-parts[-1].size // 64) * 64  # keep every part aligned
        return tuple(parts)


FP4_BLOCKS = {GGMLQuantizationType.MXFP4: mxfp4_blocks, GGMLQuantizationType.NVFP4: nvfp4_blocks}


def _repack(tensor: PlannedTensor, chunk: Chunk, parts: tuple[Bytes, ...]) -> Encoded:
    """Codes into blocks, without decoding."""
    packing = chunk.tensor.quantization
    if packing is not None and packing.mode == "affine":
        return affine_blocks(*affine_codes(chunk.tensor, tensor.ops, parts), tensor.type)
    columns = tuple(op for op in tensor.ops if isinstance(op, Columns))
    parts, _ = moved_packed(chunk.tensor, columns, parts)  # the plan has seen that whole groups move
    if packing is not None and packing.codec:
        return copied_blocks(parts[0], tensor.type)
    return FP4_BLOCKS[tensor.type](*parts)


def _transform(tensor: PlannedTensor, chunk: Chunk, parts: tuple[Bytes, ...]) -> tuple[Bytes, str]:
    """Bytes and their dtype. What moves within rows passes through MLX; what is not packed keeps its bytes else."""
    source, ops = chunk.tensor, tensor.ops
    raw, dtype = parts[0], source.dtype
    moves = any(isinstance(op, Columns | Transpose) for op in ops)
    if source.quantization is not None and not moves:
        raw, dtype = packed_values(source, parts).view(np.uint8), "F32"  # in every thread of the pool
    elif moves:
        raw, dtype = compute(transformed, source, ops, parts)
    if not any(isinstance(op, ValueOp) for op in ops):
        return raw, dtype
    rounds_to_half = source.dtype == "F16" and source.quantization is None
    values = changed(widen(raw, dtype), ops, chunk.row, row_length_of(source, ops), rounds_to_half)
    return values.view(np.uint8), "F32"
