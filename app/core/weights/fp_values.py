"""MLX's small floats (mxfp4, mxfp8, nvfp4) → float32: tables of all codes and of all scales, and one product.

In NumPy, which keeps subnormal numbers. Every product is exact but with a global scale.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.arrays import Bytes, Floats

GLOBAL_UNIT = np.float32(448 * 6)  # the largest E4M3 scale of the largest E2M1 code: mlx ops.cpp, fp_dequantize


def _e2m1() -> Floats:
    """4 bits, the highest is the sign: mlx fp4.h."""
    magnitudes = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6], np.float32)
    return np.concatenate([magnitudes, -magnitudes])


def _e4m3() -> Floats:
    """8 bits: sign, 4 of exponent, 3 of mantissa; no infinity, and NaN only where all of those 7 are set: mlx fp8.h."""
    codes = np.arange(128)
    exponents, mantissas = codes >> 3, (codes & 7) / 8
    magnitudes = np.where(exponents == 0, np.ldexp(mantissas, -6), np.ldexp(1 + mantissas, exponents - 7))
    magnitudes[-1] = np.nan
    return np.concatenate([magnitudes, -magnitudes]).astype(np.float32)


def _e8m0() -> Floats:
    """8 bits of exponent; all set is NaN, and there is no infinity."""
    powers = np.ldexp(1.0, np.arange(256) - 127)
    powers[-1] = np.nan
    return powers.astype(np.float32)


@dataclass(frozen=True)
class SmallFloats:
    """`codes`: the bits of the values, one or two, in each possible byte; `scales`: what each byte means as a scale."""

    codes: npt.NDArray[np.uint32 | np.uint64]
    scales: Floats


PAIRS = np.stack([np.tile(_e2m1(), 16), np.repeat(_e2m1(), 16)], axis=1).view(np.uint64).reshape(-1)  # low bits first
MODES = {
    "mxfp4": SmallFloats(PAIRS, _e8m0()),
    "mxfp8": SmallFloats(_e4m3().view(np.uint32), _e8m0()),
    "nvfp4": SmallFloats(PAIRS, _e4m3()),
}


def fp_values(mode: str, codes: Bytes, scales: Bytes, global_scales: Floats | None = None) -> Floats:
    """The values of whole groups as (n,) float32.

    `codes`: bytes, of one value (mxfp8) or two, the first low (mxfp4, nvfp4); `scales`: (groups,) bytes, E8M0 or E4M3;
    `global_scales`: one float32 for each group, for nvfp4 where the tensor has one.
    """
    tables = MODES[mode]
    factors = tables.scales[scales]
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is counted when it is encoded
        if global_scales is not None:
            factors *= global_scales / GLOBAL_UNIT
        values = np.take(tables.codes, codes).view(np.float32).reshape(scales.size, -1)
        values *= factors[:, None]
    return values.reshape(-1)
