"""Our own library of C functions, which does some work in a fraction of the time, with the same bytes.

packaging/compile_kernels.py makes it. Where it is missing, or is not this system's, callers have another way. Called
through ctypes a function releases Python's lock.
"""

import ctypes
from functools import cache
from pathlib import Path
from typing import Any

LIBRARY = Path(__file__).parent / "encode" / "native" / "kernels.so"  # of that name on macOS, too
INTERFACE = 4  # choose.c

POINTER, INTEGER, DOUBLE = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double


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
