"""The product of two thin matrices, the same bits on every machine, with any BLAS and any number of threads.

A matrix product adds in an order that depends on the library, and so do its last bits. Here nothing is rounded while it
adds: both factors are put on grids so coarse that every product and every sum of them is a whole number that float64
holds, whatever the order, fused or not.
"""

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

MANTISSA = 53  # bits of a float64 that hold whole numbers
TOGETHER = 32  # of the rank: sums of so many products need 5 bits more than one
GRID_BITS = (MANTISSA - TOGETHER.bit_length() + 1) // 2  # 24, as many as a float32 has


def exact_product(left: npt.NDArray[np.float32], right: npt.NDArray[np.float32]) -> Doubles:
    """(rows, rank) × (rank, columns) → (rows, columns) float64, for a rank of at most `TOGETHER`.

    Each row of `left` and each column of `right` counts with 24 bits below its largest value: as exact as a product in
    float32.
    """
    assert right.shape[0] <= TOGETHER
    rows, row_steps = _on_grid(left, 1)
    columns, column_steps = _on_grid(right, 0)
    product = rows @ columns
    product *= row_steps
    product *= column_steps
    return product


def _on_grid(values: npt.NDArray[np.float32], axis: int) -> tuple[Doubles, Doubles]:
    """Whole numbers of at most 24 bits, and by what each line is to be multiplied: powers of two, so that it is exact.

    The smallest float32 number is 2^-149: no power of two here is too small for a float64.
    """
    wide = values.astype(np.float64)
    largest = np.abs(wide).max(axis=axis, keepdims=True)
    steps = np.ldexp(1.0, np.frexp(largest)[1] - GRID_BITS)
    return np.rint(wide / steps), steps
