"""Raw bytes ↔ values, on the MLX thread, and the ops on values.

No device may decide a bit of the result. MLX moves bits as integers; NumPy decodes packed weights, and what changes
numbers (+1, multipliers, exponentials) is computed by it in float64. Apple GPUs flush subnormal float32 numbers in
arithmetic, and may fuse a multiplication with an addition.
"""

from typing import TYPE_CHECKING

import numpy as np

from app.core.architectures.line_order import line_numbers
from app.core.architectures.ops import AddConstant, Columns, Scale, ScaleRows, ValueOp, WithinRows
from app.core.arrays import Bytes, Doubles, Floats
from app.core.checkpoint import ModelTensor
from app.core.floats import WIDTHS, widened
from app.core.ggml_library import dequantize_blocks
from app.core.weights.affine_values import affine_values, unpacked
from app.core.weights.fp_values import fp_values
from app.core.weights.packed_moves import moved_packed

if TYPE_CHECKING:
    import mlx.core as mx

PACKED_BITS = 4  # codes of so many bits go into blocks as they are packed


def transformed(tensor: ModelTensor, move: WithinRows | None, parts: tuple[Bytes, ...]) -> tuple[Bytes, str]:
    """Bytes and dtype of the chunk after a move within rows, in an array of its own.

    Packed weights are dequantized, to F32, where whole groups cannot make the move; what is not packed keeps its dtype.
    """
    if tensor.quantization is None:
        return moved(parts[0], tensor.dtype, tensor, move), tensor.dtype
    parts, move = moved_packed(tensor, move, parts)
    values, _ = decode(tensor, parts)
    return _bytes(_moved(_as_integers(values), tensor, move)), "F32"


def moved(raw: Bytes, dtype: str, tensor: ModelTensor, move: WithinRows | None) -> Bytes:
    """The bytes of values of any dtype after a move within the tensor's rows."""
    return _bytes(_moved(_integers(raw, dtype), tensor, move))


def _bytes(array: "mx.array") -> Bytes:
    return np.array(array).reshape(-1).view(np.uint8)


def _integers(raw: Bytes, dtype: str) -> "mx.array":
    import mlx.core as mx

    return mx.array(raw.view(WIDTHS[dtype]))


def _as_integers(values: "mx.array") -> "mx.array":
    import mlx.core as mx

    return values.view(mx.uint32)


def _moved(values: "mx.array", tensor: ModelTensor, move: WithinRows | None) -> "mx.array":
    """Columns and transpositions, of integers: no device touches bits that it only moves."""
    import mlx.core as mx

    if move is None:
        return values
    rows = values.reshape(-1, tensor.shape[-1])
    if isinstance(move, Columns):
        return mx.take(rows, mx.array(line_numbers(move.picks)), axis=1)
    return mx.contiguous(rows.reshape(-1, move.row_count, rows.shape[1]).transpose(0, 2, 1))


def changed(values: Floats, ops: tuple[ValueOp, ...], row: int, row_length: int, rounds_to_half: bool) -> Floats:
    """(n,) float32 values after the ops, one after the other.

    Each result is rounded to float32, or to float16 where the tensor is stored in it, as torch does. A float16 tensor
    is added to in float16, with the constant in float16 too; MLX does the same. The values are whole rows of
    `row_length`, of which the first is row number `row` of the tensor.
    """
    for op in ops:
        if isinstance(op, AddConstant) and rounds_to_half:
            op = AddConstant(float(np.float16(op.constant)))
        with np.errstate(over="ignore"):  # counted when they are encoded
            wide = _on_values(op, values.astype(np.float64), row, row_length)
            values = wide.astype(np.float32)
            if rounds_to_half:
                values = values.astype(np.float16).astype(np.float32)
    return values


def _on_values(op: ValueOp, values: Doubles, row: int, row_length: int) -> Doubles:
    if isinstance(op, AddConstant):
        return values + np.float64(np.float32(op.constant))
    if isinstance(op, Scale):
        return values * np.float64(np.float32(op.factor))
    if isinstance(op, ScaleRows):
        factors = np.repeat([np.float32(factor) for _, factor in op.parts], [count for count, _ in op.parts])
        count = values.size // row_length
        return (values.reshape(count, row_length) * factors[row : row + count, None].astype(np.float64)).reshape(-1)
    return -np.exp(values)


def affine_codes(tensor: ModelTensor, move: WithinRows | None, parts: tuple[Bytes, ...]) -> tuple[Bytes, Bytes, Bytes]:
    """Codes, scales and biases of a chunk of affine weights, as bytes, after a move of whole groups.

    One code in each byte, but codes of 4 bits as they are packed, two in a byte, the first low.
    """
    assert tensor.quantization is not None
    parts, _ = moved_packed(tensor, move, parts)
    words, scales, biases = parts
    bits = tensor.quantization.bits
    codes = words if bits == PACKED_BITS else unpacked(words, bits)
    return codes, scales, biases


def decode(tensor: ModelTensor, parts: tuple[Bytes, ...]) -> "tuple[mx.array, mx.array | None]":
    """The chunk's values as (n,) float32, and for MLX's affine packing the quantization step of each group, (groups,).

    On the MLX thread only.
    """
    import mlx.core as mx

    packing = tensor.quantization
    if packing is None:
        return _float32(parts[0], tensor.dtype), None
    steps = mx.array(widened(parts[1], tensor.dtype)) if packing.mode == "affine" else None
    return mx.array(packed_values(tensor, parts)), steps


def packed_values(tensor: ModelTensor, parts: tuple[Bytes, ...]) -> Floats:
    """The values of packed weights as (n,) float32, in any thread."""
    packing = tensor.quantization
    assert packing is not None
    if packing.mode == "affine":
        return affine_values(tensor, parts)
    if packing.codec:
        return dequantize_blocks(parts[0], packing.ggml_type)
    global_scales = widened(parts[2], tensor.global_scale.dtype) if tensor.global_scale else None
    return fp_values(packing.mode, parts[0], parts[1], global_scales)


def _float32(raw: Bytes, dtype: str) -> "mx.array":
    """bfloat16 by shifting bits; float16 by a cast, which is exact and keeps its subnormals on every device."""
    import mlx.core as mx

    if dtype == "BF16":
        return (mx.array(raw.view(np.uint16)).astype(mx.uint32) << 16).view(mx.float32)
    if dtype == "F16":
        return mx.array(raw.view(np.uint16)).view(mx.float16).astype(mx.float32)
    return mx.array(raw.view(np.uint32)).view(mx.float32)
