"""The floats that MLX trains and saves: widened to float32, or narrowed to float16.

Bits are moved, which gives what NumPy's own casts give, several times as fast; bfloat16 it does not know.
"""

import numpy as np
import numpy.typing as npt

from app.core.arrays import Bytes, Floats, Halves

WIDTHS = {"BF16": np.uint16, "F16": np.uint16, "F32": np.uint32}  # integers of the same size

LOWER_HALF = np.uint32(16)  # bits of a float32 that bfloat16 does not have
PIECE = 1 << 16  # values that stay in a core's cache
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
Magnitudes = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]
# dtype → all bits but the sign, the smallest and the first too large number of float16, what it cuts off
FORMS: dict[str, tuple[Bits, Bits, Bits, Bits]] = {
    "BF16": (MAGNITUDE, SMALLEST_NORMAL, TOO_LARGE, np.uint16(0)),
    "F16": (MAGNITUDE, np.uint16(1 << 10), np.uint16(0x7C00), np.uint16(0)),
    "F32": (WIDE_MAGNITUDE, np.uint32((127 - 14) << 23), np.uint32((127 + 16) << 23), np.uint32(0x1FFF)),
}


def widened(raw: Bytes, dtype: str) -> Floats:
    """The values as float32, exactly; a view where they are that already.

    `raw`: the bytes of (n,) values of `dtype` (BF16, F16 or F32), little-endian; the result is (n,), flat.
    """
    if dtype == "BF16":
        wide = raw.view(np.uint16).astype(np.uint32)
        wide <<= LOWER_HALF
        return wide.view(np.float32)
    if dtype == "F16":
        return raw.view(np.float16).astype(np.float32)
    return raw.view(np.float32)


def bfloat16_to_float16(source: Halves, target: Halves) -> tuple[int, int]:
    """Convert (n,) bfloat16 values to float16, both as their bits, and return two counts of values.

    Exact, except that a value which is subnormal in float16 is rounded to the nearest, ties to even, and one of 2^16 or
    more becomes infinite. The counts: values that are NaN or infinite, and finite ones that are too large.
    """
    magnitudes = source & MAGNITUDE
    np.subtract(magnitudes, BIAS, out=target)
    np.left_shift(target, SHIFT, out=target)
    np.bitwise_or(target, source & SIGN, out=target)
    others = _not_plain(magnitudes, "BF16")
    if not others.size:
        return 0, 0
    target[others] = _cast(widened(source[others].view(np.uint8), "BF16"))
    non_finite = int(np.count_nonzero(magnitudes[others] >= INFINITY))
    return non_finite, int(np.count_nonzero(magnitudes[others] >= TOO_LARGE)) - non_finite


def to_float16(raw: Bytes, dtype: str) -> Halves:
    """The values as the bits of float16, (n,), rounded to nearest even; what is too large becomes infinite.

    `raw`: the bytes of (n,) values of `dtype` (BF16, F16 or F32). Bits are moved where that is exact, as it is for
    nearly every scale that was bfloat16.
    """
    if dtype == "F16":
        return raw.view(np.uint16)
    if dtype == "BF16":
        target = np.empty(raw.size // 2, np.uint16)
        bfloat16_to_float16(raw.view(np.uint16), target)
        return target
    bits = raw.view(np.uint32)
    signs = (bits >> np.uint32(16)).astype(np.uint16)
    signs &= SIGN
    moved = bits & WIDE_MAGNITUDE
    moved -= WIDE_BIAS
    moved >>= WIDE_SHIFT
    target = moved.astype(np.uint16)
    target |= signs
    others = not_plain(raw, dtype)
    target[others] = _cast(raw.view(np.float32)[others])
    return target


def to_bfloat16(values: Floats, target: Halves) -> None:
    """(n,) float32 values as the bits of bfloat16, rounded to nearest even. Not for NaN. Both are contiguous."""
    scratch = np.empty(min(PIECE, values.size), np.uint32)
    for start in range(0, values.size, PIECE):
        bits = values[start : start + PIECE].view(np.uint32)
        rounded = np.right_shift(bits, LOWER_HALF, out=scratch[: bits.size])
        rounded &= np.uint32(1)  # ties: to the even one
        rounded += np.uint32(0x7FFF)
        rounded += bits
        rounded >>= LOWER_HALF
        target[start : start + PIECE] = rounded


def _cast(values: Floats) -> Halves:
    with np.errstate(over="ignore"):
        return values.astype(np.float16).view(np.uint16)


def not_plain(raw: Bytes, dtype: str) -> npt.NDArray[np.intp]:
    """The indices, ascending, of those of (n,) values of `dtype` that are not normal numbers of float16.

    These are zeros and all that float16 may round.
    """
    magnitude, _, _, cut_off = FORMS[dtype]
    bits = raw.view(magnitude.dtype)
    return _not_plain(bits & magnitude, dtype, bits & cut_off if cut_off else None)


def _not_plain(magnitudes: Magnitudes, dtype: str, cut_off: Magnitudes | None = None) -> npt.NDArray[np.intp]:
    _, smallest, too_large, _ = FORMS[dtype]
    others = magnitudes - smallest >= too_large - smallest  # what is smaller becomes very large
    if cut_off is not None:
        others |= cut_off.astype(bool)
    return np.flatnonzero(others)
