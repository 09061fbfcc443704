"""What float16 makes of MLX's scales and biases: does a Q4_1 or Q5_1 block hold the values to the bit?"""

from math import inf

import numpy as np
import numpy.typing as npt

from app.core.checkpoint import ModelTensor, StoredTensor
from app.core.plan.facts import Rounding
from app.core.plan.repack import exact_type
from app.core.weights.affine_values import unpacked, widened
from app.core.weights.byte_ranges import Bytes, WeightReader
from app.core.weights.chunks import CHUNK, Chunk

Floats = npt.NDArray[np.float32]
LOOKED_AT = CHUNK * 16  # values in a step: only their scales and biases are read, as a rule
NONE = Rounding(0, 0.0)


def is_looked_at(tensor: ModelTensor) -> bool:
    """Whether there are blocks of float16 scales for the tensor's codes."""
    packing = tensor.quantization
    return packing is not None and packing.mode == "affine" and exact_type(packing) is not None


def chunk_rounding(chunk: Chunk, reader: WeightReader) -> Rounding:
    """Read scales and biases of a chunk, and the codes only where float16 does not hold those."""
    tensor = chunk.tensor
    scales, biases = (widened(_read(chunk, part, reader), tensor.dtype) for part in tensor.parts[1:])
    changed = np.flatnonzero((scales != _half(scales)) | (biases != _half(biases)))
    if not changed.size:
        return NONE
    assert tensor.quantization is not None
    words = _read(chunk, tensor.stored, reader).reshape(scales.size, -1)[changed]
    codes = unpacked(words.reshape(-1), tensor.quantization.bits).reshape(changed.size, -1)
    return judge(codes, scales[changed], biases[changed])


def judge(codes: Bytes, scales: Floats, biases: Floats) -> Rounding:
    """`codes`, one row for each group. The change of a value is linear in its code, so that the ends decide.

    A group whose codes are all zero has no need of its scale: it is written as 0 (encode/affine_blocks.py).
    """
    lowest, highest = codes.min(axis=1).astype(np.float64), codes.max(axis=1).astype(np.float64)
    scales = np.where(highest > 0, scales, np.float32(0))
    with np.errstate(over="ignore", invalid="ignore"):
        steps, offsets = (x.astype(np.float64) - _half(x) for x in (scales, biases))
        change = np.maximum(np.abs(steps * lowest + offsets), np.abs(steps * highest + offsets))
    change[~np.isfinite(change)] = inf
    return Rounding(int(np.count_nonzero(change)), float(change.max(initial=0.0)))


def together(first: Rounding, second: Rounding) -> Rounding:
    """Of two parts of a tensor."""
    return Rounding(first.group_count + second.group_count, max(first.largest, second.largest))


def _half(values: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return values.astype(np.float16).astype(np.float32)


def _read(chunk: Chunk, part: StoredTensor, reader: WeightReader) -> Bytes:
    ranges = chunk.byte_ranges(part)
    return reader.read_ranges(part.file, ranges, np.empty(sum(length for _, length in ranges), np.uint8))
