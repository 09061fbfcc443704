"""read → MLX → encode for one chunk, in buffers that belong to a slot."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from gguf import GGML_QUANT_SIZES

from app.core.encode.encoder import Encoded, encode
from app.core.encode.non_finite import Bytes
from app.core.plan import PlannedTensor
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import CHUNK, Chunk, chunks_of
from app.core.weights.device import compute
from app.core.weights.values import transformed

WIDEST = 4  # bytes of a float32


@dataclass(frozen=True)
class ChunkJob:
    """One chunk of one planned tensor."""

    tensor: PlannedTensor
    chunk: Chunk


def jobs_of(tensors: tuple[PlannedTensor, ...]) -> Iterator[ChunkJob]:
    """All chunks of the file in order."""
    return (ChunkJob(tensor, chunk) for tensor in tensors for chunk in chunks_of(tensor.source))


def encoded_size(job: ChunkJob) -> int:
    """Bytes that a chunk takes in the file."""
    block, block_bytes = GGML_QUANT_SIZES[job.tensor.type]
    return job.chunk.count // block * block_bytes


class ChunkWorker:
    """Works in a pool. Each slot has its own buffers, so that nothing is allocated per chunk for what is copied."""

    def __init__(self, reader: WeightReader, slots: int) -> None:
        self._reader = reader
        self._stored = [np.empty(CHUNK * WIDEST, np.uint8) for _ in range(slots)]
        self._encoded = [np.empty(CHUNK * WIDEST, np.uint8) for _ in range(slots)]
        self.read_seconds = self.compute_seconds = self.encode_seconds = 0.0  # approximate: threads may collide

    def __call__(self, slot: int, job: ChunkJob) -> Encoded:
        """Raises ConversionError."""
        started = time.perf_counter()
        parts = self._read(slot, job.chunk)
        read = time.perf_counter()
        values, dtype = self._transform(job.tensor, parts)
        computed = time.perf_counter()
        encoded = encode(values, dtype, job.tensor.type, self._encoded[slot])
        self.read_seconds += read - started
        self.compute_seconds += computed - read
        self.encode_seconds += time.perf_counter() - computed
        return encoded

    def _read(self, slot: int, chunk: Chunk) -> tuple[Bytes, ...]:
        parts, used = [], 0
        for part in chunk.tensor.parts:
            offset, length = chunk.byte_range(part)
            parts.append(self._reader.read(part.file, offset, self._stored[slot][used : used + length]))
            used += -(-length // 64) * 64  # keep every part aligned
        return tuple(parts)

    def _transform(self, tensor: PlannedTensor, parts: tuple[Bytes, ...]) -> tuple[Bytes, str]:
        """Only what changes values passes through MLX; the rest keeps its bytes and dtype."""
        if not tensor.ops and tensor.source.quantization is None:
            return parts[0], tensor.source.dtype
        values = compute(transformed, tensor.source, tensor.ops, parts)
        return values.view(np.uint8), "F32"
