"""MLX's affine packing → codes and values, by NumPy in any thread: only integers and single IEEE operations.

The codes of a row follow each other without gaps, the first in the lowest bits (mlx ops.cpp, affine_quantize).
"""

import numpy as np
import numpy.typing as npt

from app.core.arrays import Bytes, Floats
from app.core.checkpoint import ModelTensor
from app.core.floats import widened

Spreading = npt.NDArray[np.unsignedinteger]

TOGETHER = 8  # codes; they fill as many bytes as one of them has bits


def unpacked(words: Bytes, bits: int) -> Bytes:
    """The codes of packed `words`, in order: (n,) uint8, one byte for each code, in an array of its own.

    `bits`: those of one code, 1 to 8.
    """
    if TOGETHER % bits == 0:  # a byte holds whole codes, and becomes as many bytes
        wide: Spreading = words.astype(f"<u{TOGETHER // bits}")
    else:
        padded = np.empty(words.size + TOGETHER - bits, np.uint8)  # every eight codes are read as eight bytes
        padded[: words.size] = words
        padded[words.size :] = 0
        wide = np.ndarray((words.size // bits,), "<u8", padded, strides=(bits,)).copy()
    width = wide.itemsize * 8 // 2
    while width >= 8:
        _spread(wide, width, width // 8 * bits)
        width //= 2
    return wide.view(np.uint8)


def _spread(wide: Spreading, width: int, used: int) -> None:
    """Move neighbours of `used` bits to places of `width` bits."""
    bit_count, number = wide.itemsize * 8, wide.dtype.type
    low = number(sum(((1 << used) - 1) << place for place in range(0, bit_count, 2 * width)))
    high = wide & low << number(used)
    high <<= number(width - used)
    wide &= low
    wide |= high


def affine_values(tensor: ModelTensor, parts: tuple[Bytes, ...]) -> Floats:
    """scale × code + bias, as (n,) float32, for the n values of a chunk of whole groups.

    `parts`: packed codes, then one scale and one bias for each group, in the tensor's dtype, all as bytes. With a scale
    of 8 or 11 bits the product is exact, so that one rounding is left.
    """
    assert tensor.quantization is not None
    words, scales, biases = parts
    steps, offsets = widened(scales, tensor.dtype), widened(biases, tensor.dtype)
    values = unpacked(words, tensor.quantization.bits).astype(np.float32).reshape(steps.size, -1)
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is counted when it is encoded
        values *= steps[:, None]
        values += offsets[:, None]
    return values.reshape(-1)
