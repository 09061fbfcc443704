"""What an adapter adds to rows of a matrix, by our own library, in one pass."""

from collections.abc import Sequence
from ctypes import Array, c_int, c_void_p

from app.core.arrays import Floats
from app.core.kernel_library import DOUBLE, INTEGER, POINTER, kernel_function
from app.core.weights.exact_product import Doubles


def add_low_rank(
    before: Floats, lefts: Sequence[Doubles], rights: Sequence[Doubles], scale: float, target: Floats
) -> bool:
    """Make `target` before + scale · (left · right), and tell whether it was done; else nothing was.

    `before` and `target` are (rows, columns); the factors come in pieces of `TOGETHER` of the rank, each (rows, rank)
    and (rank, columns), on their grids. All arrays are C-contiguous.
    """
    add = kernel_function(
        "mlx_ferry_add_low_rank", c_int, POINTER, POINTER, INTEGER, DOUBLE, POINTER, POINTER, INTEGER, INTEGER
    )
    if add is None:
        return False
    arrays: list[Floats | Doubles] = [before, target, *lefts, *rights]
    assert all(array.flags.c_contiguous for array in arrays)
    rank = sum(left.shape[1] for left in lefts)
    ends = before.ctypes.data, target.ctypes.data
    return bool(add(_places(lefts), _places(rights), rank, scale, *ends, *before.shape))


def _places(arrays: Sequence[Doubles]) -> Array[c_void_p]:
    return (c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
