"""Wider floats → float16 by moving bits: several times as fast as NumPy's own cast, and the same bits."""

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Halves = npt.NDArray[np.uint16]
Floats = npt.NDArray[np.float32]

SIGN, MAGNITUDE = np.uint16(0x8000), np.uint16(0x7FFF)
# bfloat16 has 8 bits of exponent and 7 of mantissa, float16 5 and 10; their exponents are 127 - 15 apart
BIAS = np.uint16((127 - 15) << 7)
SHIFT = np.uint16(10 - 7)
SMALLEST_NORMAL = np.uint16((127 - 14) << 7)  # 2^-14; below it float16 is subnormal and must round
TOO_LARGE = np.uint16((127 + 16) << 7)  # 2^16
INFINITY = np.uint16(0x7F80)
# The same for float32, which has 16 bits more of mantissa
WIDE_MAGNITUDE, WIDE_BIAS, WIDE_SHIFT = np.uint32(0x7FFFFFFF), np.uint32((127 - 15) << 23), np.uint32(23 - 10)

Bits = np.uint16 | np.uint32
# dtype → all bits but the sign, the smallest and the first too large number of float16, what it cuts off
FORMS: dict[str, tuple[Bits, Bits, Bits, Bits]] = {
    "BF16": (MAGNITUDE, SMALLEST_NORMAL, TOO_LARGE, np.uint16(0)),
    "F16": (MAGNITUDE, np.uint16(1 << 10), np.uint16(0x7C00), np.uint16(0)),
    "F32": (WIDE_MAGNITUDE, np.uint32((127 - 14) << 23), np.uint32((127 + 16) << 23), np.uint32(0x1FFF)),
}


def bfloat16_to_float16(source: Halves, target: Halves) -> tuple[int, int]:
    """Round to nearest even where float16 is subnormal, exact elsewhere.

    Returns how many values are NaN or infinite, and how many finite ones are too large; `target` is of no use then.
    """
    magnitudes = source & MAGNITUDE
    largest = magnitudes.max(initial=0)
    if largest >= TOO_LARGE:
        non_finite = int(np.count_nonzero(magnitudes >= INFINITY))
        return non_finite, int(np.count_nonzero(magnitudes >= TOO_LARGE)) - non_finite
    small = np.flatnonzero(magnitudes < SMALLEST_NORMAL)
    rounded = (magnitudes[small].astype(np.uint32) << np.uint32(16)).view(np.float32).astype(np.float16)
    np.subtract(magnitudes, BIAS, out=target)
    np.left_shift(target, SHIFT, out=target)
    target[small] = rounded.view(np.uint16)
    signs = np.bitwise_and(source, SIGN, out=magnitudes)
    np.bitwise_or(target, signs, out=target)
    return 0, 0


def float32_to_float16(source: Floats) -> Halves:
    """Round to nearest even; what is too large becomes infinite.

    Bits are moved where that is exact, which it is for nearly every scale that was bfloat16.
    """
    bits = source.view(np.uint32)
    signs = (bits >> np.uint32(16)).astype(np.uint16)
    signs &= SIGN
    moved = bits & WIDE_MAGNITUDE
    moved -= WIDE_BIAS
    moved >>= WIDE_SHIFT
    target = moved.astype(np.uint16)
    target |= signs
    others = not_plain(source.view(np.uint8), "F32")
    with np.errstate(over="ignore"):
        target[others] = source[others].astype(np.float16).view(np.uint16)
    return target


def not_plain(raw: Bytes, dtype: str) -> npt.NDArray[np.intp]:
    """The numbers of those values that are not normal numbers of float16: zeros and all that it may round."""
    magnitude, smallest, too_large, cut_off = FORMS[dtype]
    bits = raw.view(magnitude.dtype)
    offsets = bits & magnitude
    offsets -= smallest  # what is smaller becomes very large
    others = offsets >= too_large - smallest
    if cut_off:
        others |= (bits & cut_off).astype(bool)
    return np.flatnonzero(others)
