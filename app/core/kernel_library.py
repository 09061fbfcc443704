"""Our own library of C functions, which does some work in a fraction of the time, with the same bytes.

packaging/compile_kernels.py makes it. Where it is missing, or is not this system's, callers have another way. Called
through ctypes a function releases Python's lock.
"""

import ctypes
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from app.core.arrays import Doubles

LIBRARY = Path(__file__).parent / "encode" / "native" / "kernels.so"  # of that name on macOS, too
INTERFACE = 6  # choose.c

POINTER, INTEGER = ctypes.c_void_p, ctypes.c_int64
LOW_RANK = POINTER, POINTER, INTEGER, ctypes.c_double  # LowRankFactors.given


@cache
def kernel_function(name: str, result: type | None, *arguments: type) -> Any | None:
    """A function that kernels.h declares, with ctypes' types of its result and arguments, or None without a library."""
    try:
        library = ctypes.CDLL(str(LIBRARY))
        if library.mlx_ferry_kernels_interface() != INTERFACE:
            return None
        function = getattr(library, name)
    except (OSError, AttributeError):
        return None
    function.restype, function.argtypes = result, arguments
    return function


class LowRankFactors(NamedTuple):
    """What is added to a matrix: scale · (left · right).

    The factors come in pieces of the rank, each (rows, rank) and (rank, columns), C-contiguous and such that the
    products of a piece and their sums are exact (app/core/weights/exact_product.py).
    """

    lefts: Sequence[Doubles]
    rights: Sequence[Doubles]
    scale: float

    def given(self) -> tuple[object, object, int, float]:
        """As LOW_RANK; to be used while the arrays are kept."""
        assert all(array.flags.c_contiguous for array in (*self.lefts, *self.rights))
        rank = sum(left.shape[1] for left in self.lefts)
        return _places(self.lefts), _places(self.rights), rank, self.scale


def _places(arrays: Sequence[Doubles]) -> object:
    return (POINTER * len(arrays))(*(array.ctypes.data for array in arrays))
