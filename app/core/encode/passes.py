"""Values searched, encoded and measured by NumPy and ggml, each in a pass of its own: without kernels."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.arrays import Bytes, Floats
from app.core.encode.kernels import Found, Measuring
from app.core.encode.non_finite import PIECE, count_non_finite
from app.core.floats import bfloat16_to_float16, to_bfloat16, widened
from app.core.ggml_library import dequantize_blocks, quantize_rows
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


def encode_in_passes(
    raw: Bytes,
    dtype: str,
    kind: GGMLQuantizationType,
    out: Bytes,
    importance: Floats | None = None,
    measuring: Measuring | None = None,
) -> Found:
    """Encode (n,) values of `dtype`, given as their bytes, into the beginning of `out`.

    In pieces that stay in a core's cache; with `importance`, (columns,) float32, n is whole rows of so many, as the
    pieces are. With `measuring` there are sums. Raises ConversionError where ggml is needed and missing.
    """
    block, block_bytes = GGML_QUANT_SIZES[kind]
    width = GGML_QUANT_SIZES[GGMLQuantizationType[dtype]][1]
    piece = PIECE if importance is None else max(1, PIECE // importance.size) * importance.size
    used, counts, sums = 0, np.zeros(2, np.int64), np.zeros(4)
    for start in range(0, raw.size // width, piece):
        values = raw[start * width : (start + piece) * width]
        target = out[used : used + values.size // width // block * block_bytes]
        bad = _encode_piece(values, dtype, kind, target, importance)
        counts += bad
        if measuring is not None and not any(bad):
            before = measuring.part(start, start + piece).before
            sums += _sums(before, widened(values, dtype), decoded(target, kind))
        used += target.size
    return Found(used, counts, sums)


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
        return 0, count_non_finite(out, kind.name)
    quantize_rows(widened(raw, dtype), kind, out, importance)
    return 0, count_bad_scales(out, kind)


def count_bad_scales(blocks: Bytes, kind: GGMLQuantizationType) -> int:
    """The values of blocks whose scale is infinite or NaN, for each such scale."""
    block, block_bytes = GGML_QUANT_SIZES[kind]
    rows = blocks.reshape(-1, block_bytes)
    scales = (np.ascontiguousarray(rows[:, at : at + 2]).reshape(-1) for at in SCALES_AT.get(kind, ()))
    return sum(count_non_finite(scale, "F16") * block for scale in scales)


def _sums(before: Floats | None, wanted: Floats, written: Floats) -> npt.NDArray[np.float64]:
    """`Found.sums`, in float32, whose last digits depend on the order of the additions."""
    rest = written - wanted
    change = np.zeros(1, np.float32) if before is None else wanted - before
    products = 0.0 if before is None else np.dot(rest, change)
    return np.array([np.dot(wanted, wanted), np.dot(change, change), products, np.dot(rest, rest)], np.float64)


def decoded(encoded: Bytes, kind: GGMLQuantizationType) -> Floats:
    """The values that llama.cpp computes with, as (n,) float32."""
    return widened(encoded, kind.name) if kind in CASTS else dequantize_blocks(encoded, kind)


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
