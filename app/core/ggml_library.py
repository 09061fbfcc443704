"""ggml's own block encoder, out of the llama.cpp that the xllamacpp wheel carries.

Called through ctypes it releases Python's lock, so that threads use all cores. It gives the bytes that llama.cpp gives.
"""

import ctypes
import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

from app.core.arrays import Bytes, Floats
from app.core.errors import ConversionError
from app.core.exhaustion import exhaustion
from app.core.text import text

MODULE = "xllamacpp"
NEEDED = "2026.10"


def quantize_rows(values: Floats, kind: GGMLQuantizationType, out: Bytes, importance: Floats | None = None) -> int:
    """Encode (n,) float32 values into the beginning of `out` and return the number of bytes written.

    n is a multiple of the block size of `kind`. With `importance`, (columns,) float32, n is a multiple of its length:
    the values are whole rows. Raises ConversionError without ggml, ExhaustedError where it cannot be loaded.
    """
    row_length = GGML_QUANT_SIZES[kind][0] if importance is None else importance.size
    weights = None if importance is None else importance.ctypes.data
    rows = values.size // row_length
    return int(
        _library().ggml_quantize_chunk(int(kind), values.ctypes.data, out.ctypes.data, 0, rows, row_length, weights)
    )


def dequantize_blocks(blocks: Bytes, kind: GGMLQuantizationType) -> Floats:
    """The values of whole blocks of `kind` as (n,) float32.

    By ggml where its library exports the function, else by gguf, which is slower. Raises ConversionError without ggml.
    """
    decode = _decoder(kind)
    if decode is None:
        return dequantize(blocks, kind).reshape(-1)
    block, block_bytes = GGML_QUANT_SIZES[kind]
    values = np.empty(blocks.size // block_bytes * block, np.float32)
    decode(blocks.ctypes.data, values.ctypes.data, values.size)
    return values


@cache
def _decoder(kind: GGMLQuantizationType) -> Callable[[int, int, int], None] | None:
    """ggml-quants.h: dequantize_row_q4_K(const block_q4_K * blocks, float * values, int64_t count)."""
    decode = getattr(_library(), "dequantize_row_" + kind.name.lower().replace("_k", "_K"), None)
    if decode is None:
        return None
    decode.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    decode.restype = None
    return cast("Callable[[int, int, int], None]", decode)


@cache
def _library() -> ctypes.CDLL:
    spec = importlib.util.find_spec(MODULE)
    folder = Path(spec.origin).parent if spec and spec.origin else None
    files = sorted(folder.glob("*.so")) if folder else []
    try:
        library = ctypes.CDLL(str(files[0]))
        encode = library.ggml_quantize_chunk
    except (IndexError, OSError, AttributeError) as error:
        missing = ConversionError(
            text("ggml's encoder is missing: {details}.", details=str(error)),
            text("Install {package} {version} or newer: pip install -U {package}", package=MODULE, version=NEEDED),
        )
        raise exhaustion(error) or missing from None
    # ggml.h: ggml_quantize_chunk(type, const float * source, void * target, start, rows, row length, imatrix) → bytes
    pointer, integer = ctypes.c_void_p, ctypes.c_int64
    encode.argtypes = [ctypes.c_int, pointer, pointer, integer, integer, integer, pointer]
    encode.restype = ctypes.c_size_t
    return library
