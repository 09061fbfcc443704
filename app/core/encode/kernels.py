"""Our own kernels of ggml's quantizers, several blocks at a time: the same bytes, several times as fast.

`native/` holds them in C. Where there is no library of them, ggml does the work.
"""

from ctypes import c_int

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.arrays import Bytes, Floats
from app.core.ggml_library import quantize_rows
from app.core.kernel_library import INTEGER, POINTER, kernel_function


def encode_rows(values: Floats, kind: GGMLQuantizationType, out: Bytes, importance: Floats | None = None) -> int:
    """Encode (n,) finite float32 values into the beginning of `out` and return the number of bytes written.

    By the kernel for `kind` if there is one, else by ggml, as `quantize_rows` does: the same holds for n and
    `importance`, and it raises the same.
    """
    encode = kernel_function("mlx_ferry_encode_rows", INTEGER, c_int, POINTER, POINTER, INTEGER, INTEGER, POINTER)
    row_length = GGML_QUANT_SIZES[kind][0] if importance is None else importance.size
    weights = None if importance is None else importance.ctypes.data
    rows = values.size // row_length
    written = encode(int(kind), values.ctypes.data, out.ctypes.data, rows, row_length, weights) if encode else 0
    return written or quantize_rows(values, kind, out, importance)
