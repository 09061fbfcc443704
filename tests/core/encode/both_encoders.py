"""The same rows by a kernel and by ggml."""

import ctypes
import platform
import shutil

import numpy as np
import pytest
from gguf import GGML_QUANT_SIZES

from app.core import kernel_library
from app.core.ggml_library import quantize_rows
from app.core.ggml_types import T

OF_32 = (T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.IQ4_NL, T.MXFP4)
KINDS = (*OF_32, T.Q2_K, T.Q3_K, T.Q4_K, T.Q5_K, T.Q6_K, T.IQ4_XS)
FUNCTIONS = ("mlx_ferry_encode", "mlx_ferry_encode_plain")  # on x86-64 the first is for AVX2, where it can be
as_on_intel = pytest.mark.skipif(platform.machine() != "x86_64", reason="ggml fuses multiplications elsewhere")


def need_kernels():
    """Skip where nothing can compile them, fail where nobody did."""
    if kernel_library.LIBRARY.exists():
        sources = kernel_library.LIBRARY.parent.glob("*.[ch]")
        if kernel_library.LIBRARY.stat().st_mtime >= max(source.stat().st_mtime for source in sources):
            return
    elif not shutil.which("cc"):
        pytest.skip("there is no C compiler, so there are no kernels")
    pytest.fail("the kernels are missing or older than their sources: run packaging/compile_kernels.py")


def function_of(name):
    """A function of the library, by `mlx_ferry_encode`'s arguments."""
    function = getattr(ctypes.CDLL(str(kernel_library.LIBRARY)), name)
    pointer, integer = ctypes.c_void_p, ctypes.c_int64
    given = pointer, pointer, ctypes.c_int, pointer, pointer
    function.argtypes = [ctypes.c_int, pointer, ctypes.c_int, pointer, integer, integer, *given]
    function.restype = integer
    return function


def by_kernel(values, kind, importance=None, function=FUNCTIONS[0]):
    """Blocks as (count, bytes) of one, or None where there is no kernel for them."""
    block, block_bytes = GGML_QUANT_SIZES[kind]
    columns = block if importance is None else importance.size
    weights = None if importance is None else importance.ctypes.data
    out = np.full(values.size // block * block_bytes + 64, 0xA5, np.uint8)  # what lies behind must stay
    counts, encode = np.zeros(2, np.int64), function_of(function)
    shape = values.size // columns, columns
    written = encode(
        *(
            int(kind),
            values.ctypes.data,
            int(T.F32),
            out.ctypes.data,
            *shape,
            weights,
            None,
            0,
            counts.ctypes.data,
            None,
        )
    )
    assert (out[written:] == 0xA5).all()
    return out[:-64].reshape(-1, block_bytes) if written else None


def by_ggml(values, kind, importance=None):
    """Blocks as (count, bytes) of one."""
    block, block_bytes = GGML_QUANT_SIZES[kind]
    out = np.empty(values.size // block * block_bytes, np.uint8)
    quantize_rows(values, kind, out, importance)
    return out.reshape(-1, block_bytes)


def differing(values, kind, importance=None, function=FUNCTIONS[0]):
    """The numbers of the blocks that are not the same."""
    found = by_kernel(values, kind, importance, function)
    assert found is not None
    return np.flatnonzero((found != by_ggml(values, kind, importance)).any(axis=1))
