"""The product of two thin matrices, the same bits on every machine, with any BLAS and any number of threads.

A matrix product adds in an order that depends on the library, and so do its last bits. Here nothing is rounded while it
adds: both factors are put on grids so coarse that every product, and every sum of them, is a multiple of one power of
two and has no more bits than float64 holds, whatever the order, fused or not.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from app.core.arrays import Doubles

MANTISSA = 53  # bits of a float64 that hold whole numbers
TOGETHER = 32  # of the rank: sums of so many products need 5 bits more than one
GRID_BITS = (MANTISSA - TOGETHER.bit_length() + 1) // 2  # 24, as many as a float32 has
ROWS: Literal[1] = 1  # of a left factor: the axis along which values share their grid
COLUMNS: Literal[0] = 0  # of a right one


def exact_product(left: npt.NDArray[np.float32], right: npt.NDArray[np.float32]) -> Doubles:
    """(rows, rank) × (rank, columns) → (rows, columns) float64, for a rank of at most `TOGETHER`.

    Each row of `left` and each column of `right` counts with 24 bits below its largest value: as exact as a product in
    float32.
    """
    assert right.shape[0] <= TOGETHER
    product: Doubles = np.matmul(on_grid(left, ROWS), on_grid(right, COLUMNS))
    return product


def on_grid(values: npt.NDArray[np.float32], axis: Literal[0, 1]) -> Doubles:
    """The same values but for what lies below 24 bits of the largest of their row or column.

    The steps are powers of two between 2^-172 and 2^104, and so those of a product never leave the range of float64.
    The result is C-contiguous.
    """
    if axis == ROWS:  # long lines are faster than many short ones
        return np.ascontiguousarray(on_grid(values.T, COLUMNS).T)
    wide = values.astype(np.float64, order="C")
    exponents = np.frexp(np.abs(values).max(axis=COLUMNS))[1] - GRID_BITS
    # A number so large that its last bit is one step: what is added to it is rounded to whole steps, to nearest even
    rounding = np.ldexp(1.5, exponents + MANTISSA - 1)
    wide += rounding
    wide -= rounding
    return wide
