"""Do the types that are to hold packed weights hold them to the bit? Scales tell, and codes only where scales are odd.

Q4_1 and Q5_1 blocks have scales and biases in float16; BF16 loses bits of mxfp8 values that are nearly zero.
"""

from math import inf

import numpy as np
from gguf import GGMLQuantizationType
from gguf.quants import quantize

from app.core.arrays import Bytes, Floats
from app.core.checkpoint import ModelTensor
from app.core.floats import not_plain, widened
from app.core.model.facts import Rounding
from app.core.model.packing import is_certain_after_a_look
from app.core.weights.affine_values import unpacked
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import CHUNK, Chunk
from app.core.weights.fp_values import fp_values

LOOKED_AT = CHUNK * 16  # values in a step: only their scales and biases are read, as a rule
NONE = Rounding(0, 0.0)


# At this exponent the last bit of an E4M3 number, 2^-9, is the last one of BF16, 2^-133
SAFE_EXPONENT = 127 - 133 + 9


def is_looked_at(tensor: ModelTensor) -> bool:
    """Whether values decide about the tensor's type."""
    return tensor.quantization is not None and is_certain_after_a_look(tensor.quantization)


def chunk_rounding(chunk: Chunk, reader: WeightReader) -> Rounding:
    """Read scales and biases of a chunk, and the codes only where those are not held as they are."""
    packing = chunk.tensor.quantization
    assert packing is not None
    return _of_affine(chunk, reader) if packing.mode == "affine" else _of_mxfp8(chunk, reader)


def _of_affine(chunk: Chunk, reader: WeightReader) -> Rounding:
    tensor = chunk.tensor
    assert tensor.quantization is not None
    raw = np.concatenate([chunk.read(part, reader) for part in tensor.parts[1:]])
    seen = not_plain(raw, tensor.dtype)
    if not seen.size:
        return NONE
    both = widened(raw, tensor.dtype)
    scales, biases = both.reshape(2, -1)
    changed = np.unique(seen[both[seen] != _half(both[seen])] % scales.size)
    if not changed.size:
        return NONE
    words = chunk.read(tensor.stored, reader).reshape(scales.size, -1)[changed]
    codes = unpacked(words.reshape(-1), tensor.quantization.bits).reshape(changed.size, -1)
    return judge(codes, scales[changed], biases[changed])


def _of_mxfp8(chunk: Chunk, reader: WeightReader) -> Rounding:
    exponents = chunk.read(chunk.tensor.parts[1], reader)
    small = np.flatnonzero(exponents < SAFE_EXPONENT)
    if not small.size:
        return NONE
    codes = chunk.read(chunk.tensor.stored, reader).reshape(exponents.size, -1)[small]
    values = fp_values("mxfp8", codes.reshape(-1), exponents[small])
    held = quantize(values, GGMLQuantizationType.BF16).view(np.uint16).astype(np.uint32) << np.uint32(16)
    change = np.abs(values.astype(np.float64) - held.view(np.float32)).reshape(small.size, -1).max(axis=1)
    return Rounding(int(np.count_nonzero(change)), float(change.max()))


def judge(codes: Bytes, scales: Floats, biases: Floats) -> Rounding:
    """What float16 makes of the scales and biases of affine groups.

    `codes`: (groups, group size) uint8; `scales` and `biases`: (groups,) float32. The change of a value is linear in
    its code, so that the ends decide. A group whose codes are all zero has no need of its scale: it is written as 0
    (encode/affine_blocks.py).
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
