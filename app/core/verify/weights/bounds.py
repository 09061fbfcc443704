"""How far a value may lie from what was encoded, by the format alone: what is beyond cannot come from encoding.

`a` is the largest magnitude of a block. Steps and fields: ggml-common.h and quantize_row_* of ggml-quants.c.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.arrays import Doubles, Floats
from app.core.ggml_types import T

Numbers = npt.NDArray[np.int64]

HALF = 2.0**-11  # the largest relative error of a float16
SMALLEST_HALF = 2.0**-25  # half of the distance of its subnormal numbers
# A share of `a`. Symmetric codes of n bits reach from -2^(n-1) to 2^(n-1) - 1, so that a value may be cut by one step.
OF_LARGEST: Mapping[GGMLQuantizationType, float] = {
    T.Q8_0: 1 / 254,
    T.Q4_0: 1 / 8,
    T.Q5_0: 1 / 16,
    T.Q6_K: 1 / 32 + 1 / 254,  # scales of 16 values are rounded to 8 bits of the largest
    T.Q5_K: 2 * (1.5 / 30 + 2 / 126),  # the search widens a step by up to a half; scales and minima have 6 bits
    T.Q4_K: 2 * (1.5 / 14 + 2 / 126),
    T.Q3_K: 1.5 / 4 + 1 / 32,
    T.IQ4_NL: 1 / 4,  # the widest gap of its codebook is 24 of 127, the search takes up to a seventh more
    T.IQ4_XS: 1 / 4 + 1 / 32,
    T.MXFP4: 1 / 3,  # between 4 and 6 of its numbers, with a scale that is a power of two
    T.NVFP4: 1 / 4,
}
OF_RANGE: Mapping[GGMLQuantizationType, float] = {T.Q4_1: 1 / 30, T.Q5_1: 1 / 62}  # a half step of max - min
LARGEST_SHARE = 0.8  # of a block's root mean square that encoding may change, where a type has no useful bound
# Of a tensor's root mean square: three times what encoding normal numbers changes, with columns that count e^8 times as
# much as others. Single values may go anywhere then.
BY_IMPORTANCE: Mapping[GGMLQuantizationType, float] = {
    **{T.Q6_K: 0.06, T.Q5_K: 0.12, T.Q5_1: 0.12, T.Q5_0: 0.13, T.Q4_K: 0.24, T.Q4_1: 0.24, T.Q4_0: 0.26},
    **{T.IQ4_XS: 0.25, T.IQ4_NL: 0.25, T.Q3_K: 0.48, T.IQ3_S: 0.48, T.IQ3_XXS: 0.72},
}


def bounds(values: Floats, kind: GGMLQuantizationType) -> Doubles:
    """(n,) values → the largest difference that the format allows, (n,) for floats and one for each block else."""
    wide: Doubles = values.astype(np.float64)
    if kind is T.F32:
        return wide * 0.0
    if kind is T.F16:
        return np.abs(wide) * HALF + SMALLEST_HALF
    if kind is T.BF16:
        return np.abs(wide) * 2.0**-8 + 2.0**-134
    blocks = wide.reshape(-1, GGML_QUANT_SIZES[kind][0])
    largest: Doubles = np.abs(blocks).max(axis=1)
    rounding = largest * 2 * HALF + 512 * SMALLEST_HALF  # of a scale and of a minimum, times the largest code
    if kind in OF_RANGE:
        span: Doubles = blocks.max(axis=1) - blocks.min(axis=1)
        return span * OF_RANGE[kind] + rounding
    if kind in OF_LARGEST:
        return largest * OF_LARGEST[kind] + rounding
    return np.full(len(blocks), np.inf)


def exceeds(
    expected: Floats, found: Floats, kind: GGMLQuantizationType, exact: bool = False, slack: Floats | float = 0.0
) -> Numbers:
    """Numbers of the values, or of the first value of each block, that no encoding explains.

    `exact`: nothing may differ. `slack`: by how much `expected` itself may be off.
    """
    with np.errstate(invalid="ignore"):  # of NaN nothing is within bounds
        changes = np.maximum(np.abs(found.astype(np.float64) - expected) - slack, 0)
    if exact:
        return np.flatnonzero(~(changes == 0))
    if kind in (T.F32, T.F16, T.BF16):
        return np.flatnonzero(~(changes <= bounds(expected, kind)))
    size = GGML_QUANT_SIZES[kind][0]
    wrong = ~(changes.reshape(-1, size).max(axis=1) <= bounds(expected, kind))
    return np.flatnonzero(wrong | _loses_most(expected, changes, size)) * size


def lost(expected: Floats, found: Floats, kind: GGMLQuantizationType) -> Numbers:
    """Numbers of the first value of each block of which no encoding leaves so little, whatever blocks are chosen by."""
    size = GGML_QUANT_SIZES[kind][0]
    with np.errstate(invalid="ignore"):
        changes = np.abs(found.astype(np.float64) - expected)
    return np.flatnonzero(_loses_most(expected, changes, size)) * size


def _loses_most(expected: Floats, changes: Doubles, size: int) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore", over="ignore"):
        energy, gone = ((one.reshape(-1, size).astype(np.float64) ** 2).sum(axis=1) for one in (expected, changes))
        loses: npt.NDArray[np.bool_] = ~(gone <= LARGEST_SHARE**2 * energy + size * SMALLEST_HALF**2)
    return loses
