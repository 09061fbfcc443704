"""Our own kernels of ggml's quantizers, several blocks at a time: the same bytes, several times as fast.

`native/` holds them in C; packaging/compile_kernels.py makes the library. Where it is missing, or is not this system's,
ggml does the work. Called through ctypes it releases Python's lock, as ggml's does.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import cast

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.arrays import Bytes, Floats
from app.core.ggml_library import quantize_rows

LIBRARY = Path(__file__).parent / "native" / "kernels.so"  # of that name on macOS, too
INTERFACE = 1  # choose.c

Encode = Callable[[int, int, int, int, int, int | None], int]


def encode_rows(values: Floats, kind: GGMLQuantizationType, out: Bytes, importance: Floats | None = None) -> int:
    """Encode (n,) finite float32 values into the beginning of `out` and return the number of bytes written.

    By the kernel for `kind` if there is one, else by ggml, as `quantize_rows` does: the same holds for n and
    `importance`, and it raises the same.
    """
    encode = _encode()
    row_length = GGML_QUANT_SIZES[kind][0] if importance is None else importance.size
    weights = None if importance is None else importance.ctypes.data
    rows = values.size // row_length
    written = encode(int(kind), values.ctypes.data, out.ctypes.data, rows, row_length, weights) if encode else 0
    return written or quantize_rows(values, kind, out, importance)


@cache
def _encode() -> Encode | None:
    """kernels.h: mlx_ferry_encode_rows(type, const float * source, uint8_t * target, rows, columns, importance)."""
    try:
        library = ctypes.CDLL(str(LIBRARY))
        if library.mlx_ferry_kernels_interface() != INTERFACE:
            return None
        encode = library.mlx_ferry_encode_rows
    except (OSError, AttributeError):
        return None
    pointer, integer = ctypes.c_void_p, ctypes.c_int64
    encode.argtypes = [ctypes.c_int, pointer, pointer, integer, integer, pointer]
    encode.restype = integer
    return cast("Encode", encode)
