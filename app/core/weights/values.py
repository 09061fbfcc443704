"""Raw bytes ↔ MLX arrays of float32. Every function here runs on the MLX thread.

No device may decide a bit of the result: integers move bits, and a number comes out of one IEEE operation per kernel.
Apple GPUs flush subnormal float32 numbers in arithmetic, and may fuse a multiplication with an addition.
"""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from app.core.architectures.ops import Op
from app.core.checkpoint import ModelTensor

if TYPE_CHECKING:
    import mlx.core as mx

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def transformed(tensor: ModelTensor, ops: tuple[Op, ...], parts: tuple[Bytes, ...]) -> Floats:
    """The chunk's values after decoding and all ops, as a float32 NumPy array of its own."""
    values, _ = decode(tensor, parts)
    for op in ops:
        values = _add(values, op.constant, rounds_to_half=tensor.dtype == "F16")
    return np.array(values)


def decode(tensor: ModelTensor, parts: tuple[Bytes, ...]) -> "tuple[mx.array, mx.array | None]":
    """Values as float32, flat, and for packed weights the quantization step of each group."""
    packing = tensor.quantization
    if packing is None:
        return _float32(parts[0], tensor.dtype), None
    import mlx.core as mx

    words, scales, biases = parts
    steps, offsets = _float32(scales, tensor.dtype), _float32(biases, tensor.dtype)
    packed = mx.array(words.view(np.uint32)).reshape(steps.size, -1)
    # With scale 1 and bias 0 this only unpacks, which is exact. The product with a scale of 8 or 11 bits is exact too,
    # so that one rounding is left; without mx.compile two operations are never fused.
    ones, zeros = mx.ones((steps.size, 1), mx.float32), mx.zeros((steps.size, 1), mx.float32)
    codes = mx.dequantize(packed, ones, zeros, packing.group_size, packing.bits)
    return (codes * steps[:, None] + offsets[:, None]).reshape(-1), steps


def _float32(raw: Bytes, dtype: str) -> "mx.array":
    """bfloat16 by shifting bits; float16 by a cast, which is exact and keeps its subnormals on every device."""
    import mlx.core as mx

    if dtype == "BF16":
        return (mx.array(raw.view(np.uint16)).astype(mx.uint32) << 16).view(mx.float32)
    if dtype == "F16":
        return mx.array(raw.view(np.uint16)).view(mx.float16).astype(mx.float32)
    return mx.array(raw.view(np.uint32)).view(mx.float32)


def _add(values: "mx.array", constant: float, rounds_to_half: bool) -> "mx.array":
    import mlx.core as mx

    total = values + mx.array(constant, mx.float32)
    # MLX and llama.cpp's converter both add in the dtype of a float16 tensor
    return total.astype(mx.float16).astype(mx.float32) if rounds_to_half else total
