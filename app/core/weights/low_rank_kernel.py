"""What an adapter adds to rows of a matrix, by our own library, in one pass."""

from ctypes import c_int

from app.core.arrays import Floats
from app.core.kernel_library import INTEGER, LOW_RANK, POINTER, LowRankFactors, kernel_function


def add_low_rank(before: Floats, factors: LowRankFactors, target: Floats) -> bool:
    """Make `target` before + scale · (left · right), and tell whether it was done; else nothing was.

    `before` and `target` are (rows, columns) and C-contiguous.
    """
    add = kernel_function("mlx_ferry_add_low_rank", c_int, *LOW_RANK, POINTER, POINTER, INTEGER, INTEGER)
    if add is None:
        return False
    assert before.flags.c_contiguous
    assert target.flags.c_contiguous
    return bool(add(*factors.given(), before.ctypes.data, target.ctypes.data, *before.shape))
