"""NaN and infinity, found by an integer mask: exponent bits all set."""

from ctypes import c_int, c_uint32

import numpy as np

from app.core.arrays import Bytes
from app.core.kernel_library import INTEGER, POINTER, kernel_function

Mask = np.uint16 | np.uint32

# dtype → (all bits but the sign, smallest such bits that are infinite or NaN)
MASKS: dict[str, tuple[Mask, Mask]] = {
    "BF16": (np.uint16(0x7FFF), np.uint16(0x7F80)),
    "F16": (np.uint16(0x7FFF), np.uint16(0x7C00)),
    "F32": (np.uint32(0x7FFFFFFF), np.uint32(0x7F800000)),
}
PIECE = 1 << 18  # values; what stays in a core's cache


def count_non_finite(raw: Bytes, dtype: str) -> int:
    """How many of (n,) values of `dtype` (BF16, F16 or F32), given as their bytes, are NaN or infinite."""
    without_sign, infinity = MASKS[dtype]
    bits = np.ascontiguousarray(raw).view(without_sign.dtype)
    by_kernel = kernel_function("mlx_ferry_count_non_finite", INTEGER, POINTER, c_int, c_uint32, INTEGER)
    if by_kernel is not None:
        found = int(by_kernel(bits.ctypes.data, bits.itemsize, int(infinity), bits.size))
        if found >= 0:
            return found
    scratch = np.empty(min(PIECE, bits.size), bits.dtype)
    count = 0
    for start in range(0, bits.size, PIECE):
        piece = bits[start : start + PIECE]
        magnitudes = np.bitwise_and(piece, without_sign, out=scratch[: piece.size])
        if magnitudes.max() >= infinity:
            count += int(np.count_nonzero(magnitudes >= infinity))
    return count
