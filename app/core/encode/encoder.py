"""One chunk of values → the bytes of its GGUF type, searched for what must not be in a file."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.arrays import Bytes, Floats
from app.core.encode.kept import Kept
from app.core.encode.kernels import encode_rows
from app.core.encode.non_finite import PIECE, count_non_finite
from app.core.floats import bfloat16_to_float16, to_bfloat16, widened
from app.core.ggml_library import dequantize_blocks
from app.core.ggml_types import T

# Where in a block the float16 scales stand: ggml-common.h, block_q4_0 …; other types scale with small floats
SCALES_AT = {
    T.Q4_0: (0,),
    T.Q4_1: (0, 2),
    T.Q5_0: (0,),
    T.Q5_1: (0, 2),
    T.Q8_0: (0,),
    T.Q2_K: (80, 82),
    T.Q3_K: (108,),
    T.Q4_K: (0, 2),
    T.Q5_K: (0, 2),
    T.Q6_K: (208,),
    T.IQ4_NL: (0,),
    T.IQ4_XS: (0,),
    **dict.fromkeys((T.IQ3_S, T.IQ3_XXS, T.IQ2_S, T.IQ2_XS, T.IQ2_XXS, T.IQ1_S), (0,)),  # IQ1_M's is in pieces
}
NO_EXPONENT = 0xFF  # NaN, in the first byte of an MXFP4 block
NUMPY_BYTES = {"BF16": 2, "F16": 2, "F32": 4}


@dataclass(frozen=True)
class Error:
    """Sums over values: their squares, and the squares of what encoding changed. float64, for display."""

    squares: float
    squared_changes: float

    def __add__(self, other: "Error") -> "Error":
        return Error(self.squares + other.squares, self.squared_changes + other.squared_changes)

    @property
    def relative(self) -> float:
        """Root mean square of the change, relative to that of the values; 0 for values that are all zero."""
        return math.sqrt(self.squared_changes / self.squares) if self.squares else 0.0


NO_ERROR = Error(0.0, 0.0)


@dataclass(frozen=True)
class Encoded:
    """Bytes for the file, and how many values were NaN or infinite, or too large for the type: then no file may be.

    `error` is None where it was not measured, `kept` where no adapter changes the values.
    """

    data: Bytes
    non_finite: int
    overflows: int
    error: Error | None = None
    kept: Kept | None = None


def encode(
    raw: Bytes,
    dtype: str,
    kind: GGMLQuantizationType,
    out: Bytes,
    importance: Floats | None = None,
    measures: bool = False,
) -> Encoded:
    """Encode (n,) values of `dtype`, given as their bytes, into `out`.

    `data` of the result is the part of `out` that was used, or `raw` itself where nothing changes. n must be a multiple
    of the block size of `kind`. Works in pieces that stay in a core's cache; with `importance`, (columns,) float32, n
    is whole rows of so many. `measures`: decode what was encoded, and tell the error. Raises ConversionError where
    ggml is needed and missing.
    """
    if dtype == kind.name:
        return Encoded(raw, count_non_finite(raw, dtype), 0, NO_ERROR if measures else None)
    block, block_bytes = GGML_QUANT_SIZES[kind]
    piece = PIECE if importance is None else max(1, PIECE // importance.size) * importance.size
    piece_bytes = piece * NUMPY_BYTES[dtype]
    used = non_finite = overflows = 0
    error = NO_ERROR
    for start in range(0, raw.size, piece_bytes):
        values = raw[start : start + piece_bytes]
        length = values.size // NUMPY_BYTES[dtype] // block * block_bytes
        target = out[used : used + length]
        bad, too_large = _encode_piece(values, dtype, kind, target, importance)
        if measures and not (bad or too_large):
            error += _measure(widened(values, dtype), target, kind)
        non_finite += bad
        overflows += too_large
        used += length
    return Encoded(out[:used], non_finite, overflows, error if measures else None)


def _encode_piece(
    raw: Bytes, dtype: str, kind: GGMLQuantizationType, out: Bytes, importance: Floats | None
) -> tuple[int, int]:
    """Returns how many values are not finite, and how many are too large."""
    if dtype == "BF16" and kind is GGMLQuantizationType.F16:
        return bfloat16_to_float16(raw.view(np.uint16), out.view(np.uint16))
    non_finite = count_non_finite(raw, dtype)
    if non_finite:  # what C makes of a NaN is not defined
        return non_finite, 0
    if kind in CASTS:
        CASTS[kind](widened(raw, dtype), out)
    else:
        encode_rows(widened(raw, dtype), kind, out, importance)
    return 0, _count_overflows(out, kind)


def copied_blocks(blocks: Bytes, kind: GGMLQuantizationType) -> Encoded:
    """Whole blocks as they are; those with scales that are NaN or infinite are counted with all their values."""
    if kind in SCALES_AT:
        return Encoded(blocks, _bad_scales(blocks, kind), 0)
    block, block_bytes = GGML_QUANT_SIZES[kind]
    if kind is T.MXFP4:
        return Encoded(blocks, int(np.count_nonzero(blocks[::block_bytes] == NO_EXPONENT)) * block, 0)
    return Encoded(blocks, count_non_finite(dequantize_blocks(blocks, kind).view(np.uint8), "F32"), 0)


def _measure(values: Floats, encoded: Bytes, kind: GGMLQuantizationType) -> Error:
    changes = decoded(encoded, kind) - values
    return Error(float(np.dot(values, values)), float(np.dot(changes, changes)))


def decoded(encoded: Bytes, kind: GGMLQuantizationType) -> Floats:
    """The values that llama.cpp computes with, as (n,) float32."""
    return widened(encoded, kind.name) if kind in CASTS else dequantize_blocks(encoded, kind)


def _count_overflows(encoded: Bytes, kind: GGMLQuantizationType) -> int:
    """How many finite values became infinite because `kind` cannot hold numbers that large."""
    if kind in CASTS:
        return count_non_finite(encoded, kind.name)
    return _bad_scales(encoded, kind)


def _bad_scales(encoded: Bytes, kind: GGMLQuantizationType) -> int:
    block, block_bytes = GGML_QUANT_SIZES[kind]
    blocks = encoded.reshape(-1, block_bytes)
    scales = (np.ascontiguousarray(blocks[:, at : at + 2]).reshape(-1) for at in SCALES_AT.get(kind, ()))
    return sum(count_non_finite(scale, "F16") * block for scale in scales)


def _to_f32(values: Floats, out: Bytes) -> None:
    out.view(np.float32)[:] = values


def _to_f16(values: Floats, out: Bytes) -> None:
    with np.errstate(over="ignore"):  # counted afterwards
        out.view(np.float16)[:] = values


def _to_bf16(values: Floats, out: Bytes) -> None:
    to_bfloat16(values, out.view(np.uint16))


CASTS: dict[GGMLQuantizationType, Callable[[Floats, Bytes], None]] = {
    GGMLQuantizationType.F32: _to_f32,
    GGMLQuantizationType.F16: _to_f16,
    GGMLQuantizationType.BF16: _to_bf16,
}
