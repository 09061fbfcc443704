"""What a file holds of values that an adapter has changed: the error of encoding, and what is kept of the change."""

from ctypes import c_int

import numpy as np
import numpy.typing as npt
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.arrays import Bytes, Floats
from app.core.encode.encoder import Error, decoded
from app.core.encode.kept import Kept
from app.core.floats import PIECE, widened
from app.core.ggml_types import T
from app.core.kernel_library import INTEGER, POINTER, kernel_function

Sums = npt.NDArray[np.float64]


def measured(before: Floats, wanted: Floats, encoded: Bytes, kind: GGMLQuantizationType) -> tuple[Error, Kept]:
    """Of (n,) values: without the adapter, with it, and as blocks of `kind`. All are contiguous."""
    block, block_bytes = GGML_QUANT_SIZES[kind]
    total = np.zeros(4)
    for start in range(0, wanted.size, PIECE):
        end = start + PIECE
        written = encoded[start // block * block_bytes : end // block * block_bytes]
        if kind is not T.BF16:
            written = decoded(written, kind).view(np.uint8)
        total += change_sums(before[start:end], wanted[start:end], written, kind is T.BF16)
    values, squares, products, noise = total.tolist()
    return Error(values, noise), Kept(squares, squares + products, noise)


def change_sums(before: Floats, wanted: Floats, written: Bytes, is_bfloat16: bool) -> Sums:
    """(4,): the sums of (W + Δ)², Δ², (D − W − Δ) · Δ and (D − W − Δ)², of few enough values for sums in float32.

    `before` is W and `wanted` W + Δ, (n,); `written` is D, the bytes of (n,) bfloat16 or float32. By our library, or by
    NumPy, which adds in another order, so that the last digits of a float32 differ.
    """
    sums = np.empty(4)
    add = kernel_function("mlx_ferry_sum_changes", c_int, POINTER, POINTER, POINTER, c_int, INTEGER, POINTER)
    places = [array.ctypes.data for array in (before, wanted, written)]
    if add is None or not add(*places, is_bfloat16, wanted.size, sums.ctypes.data):
        change, rest = wanted - before, widened(written, "BF16" if is_bfloat16 else "F32") - wanted
        sums[:] = np.dot(wanted, wanted), np.dot(change, change), np.dot(rest, change), np.dot(rest, rest)
    return sums
