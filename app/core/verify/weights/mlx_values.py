"""The values of a chunk as MLX itself decodes them, then moved and changed as the family asks for.

Apart from the pipeline on purpose: packed weights are decoded by MLX's own `dequantize`, not by ours, low-rank updates
are multiplied by NumPy, and moves are indices of whole arrays. What they share is the plan.
"""

from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import as_strided

from app.core.architectures.line_order import Numbers, line_numbers
from app.core.architectures.ops import AddConstant, Change, Columns, NegativeExp, Scale, ScaleRows, Transpose
from app.core.arrays import Bytes, Doubles, Floats
from app.core.checkpoint import ModelTensor
from app.core.checkpoint.checkpoint_values import Factor, LowRank, StoredTensor
from app.core.checkpoint.dtypes import ITEM_BYTES
from app.core.ggml_library import dequantize_blocks
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import Chunk, row_length_of
from app.core.weights.mlx_thread import compute

if TYPE_CHECKING:
    import mlx.core as mx

MLX_DTYPES = {"BF16": "bfloat16", "F16": "float16", "F32": "float32", "F64": "float64"}


def mlx_values(chunk: Chunk, change: Change, reader: WeightReader) -> Floats:
    """(n,) float32: the chunk of a tensor, whose rows are in the file's order already. Raises ConversionError."""
    tensor = chunk.tensor
    parts = tuple(chunk.read(part, reader) for part in tensor.parts)
    values = compute(_decoded, tensor, parts)
    if tensor.updates and not chunk.is_padding:
        values = _updated(values.reshape(-1, tensor.shape[-1]), tensor, chunk, reader).reshape(-1)
    move = change.within_rows
    if isinstance(move, Columns):
        values = values.reshape(-1, tensor.shape[-1])[:, line_numbers(move.picks)].reshape(-1)
    elif isinstance(move, Transpose):
        values = values.reshape(-1, move.row_count, tensor.shape[-1]).transpose(0, 2, 1).reshape(-1)
    return _changed(values, tensor, chunk, change) if change.values else values


def _decoded(tensor: ModelTensor, parts: tuple[Bytes, ...]) -> Floats:
    import mlx.core as mx

    packing = tensor.quantization
    if packing is None:
        return _numpy(_array(parts[0], tensor.dtype).astype(mx.float32))
    if packing.codec:
        return dequantize_blocks(parts[0], packing.ggml_type)
    scales, *biases = parts[1:]
    words = mx.array(parts[0].view(np.uint32)).reshape(-1, packing.bits * packing.group_size // 32)
    affine = packing.mode == "affine"
    steps = _array(scales, tensor.dtype).astype(mx.float32) if affine else mx.array(scales)
    offsets = _array(biases[0], tensor.dtype).astype(mx.float32)[:, None] if affine else None
    size, bits, mode = packing.group_size, packing.bits, packing.mode
    values = _numpy(mx.dequantize(words, steps[:, None], offsets, size, bits, mode, dtype=mx.float32))
    if tensor.global_scale is not None:  # one for each matrix; with a unit of its own: mlx ops.cpp, fp_dequantize
        whole = _numpy(_array(biases[0], tensor.global_scale.dtype).astype(mx.float32))
        values = (values.reshape(whole.size, -1) * (whole / np.float32(448 * 6))[:, None]).reshape(-1)
    return values


def _array(raw: Bytes, dtype: str) -> "mx.array":
    import mlx.core as mx

    width = {2: np.uint16, 4: np.uint32, 8: np.uint64}[ITEM_BYTES[dtype]]
    return mx.array(raw.view(width)).view(getattr(mx, MLX_DTYPES[dtype]))


def _numpy(array: "mx.array") -> Floats:
    return np.array(array, np.float32).reshape(-1)


def _updated(values: Floats, tensor: ModelTensor, chunk: Chunk, reader: WeightReader) -> Floats:
    rows = np.concatenate([np.arange(first, first + count) for first, count in chunk.rows])
    for update in tensor.updates:
        wide = values.astype(np.float64)
        places = rows + update.first
        touched = (places >= 0) & (places < prod(update.left.shape[:-1]))
        for matrix in np.unique(places[touched] // update.row_count):
            here = touched & (places // update.row_count == matrix)
            wide[here] += update.scale * _product(update, int(matrix), places[here] % update.row_count, reader)
        if update.magnitude is not None:
            lengths = _whole(update.magnitude, reader)[places[touched]]
            wide[touched] *= (lengths / np.linalg.norm(wide[touched], axis=1))[:, None]
        values = wide.astype(np.float32)
    return values


def _product(update: LowRank, matrix: int, rows: Numbers, reader: WeightReader) -> Doubles:
    left, right = (_factor(factor, matrix, reader) for factor in (update.left, update.right))
    product: Doubles = left[rows] @ right
    return product


def _factor(factor: Factor, matrix: int, reader: WeightReader) -> Doubles:
    view, stored = factor.view, _whole(factor.stored, reader)
    values = as_strided(stored[view.start :], view.shape, [8 * stride for stride in view.strides])
    return values[matrix] if values.ndim > 2 else values


def _whole(stored: StoredTensor, reader: WeightReader) -> Doubles:
    import mlx.core as mx

    raw = reader.read(stored.file, stored.offset, np.empty(stored.byte_count, np.uint8))
    return compute(lambda: _numpy(_array(raw, stored.dtype).astype(mx.float32))).astype(np.float64)


def _changed(values: Floats, tensor: ModelTensor, chunk: Chunk, change: Change) -> Floats:
    """As torch does: one operation after the other, each rounded to the dtype in which it works."""
    half = tensor.dtype == "F16" and tensor.is_plain
    for op in change.values:
        with np.errstate(over="ignore"):
            if isinstance(op, AddConstant):
                constant = np.float16(op.constant) if half else np.float32(op.constant)
                values = (values.astype(np.float64) + np.float64(constant)).astype(np.float32)
            elif isinstance(op, Scale):
                values = values * np.float32(op.factor)
            elif isinstance(op, ScaleRows):
                factors = np.repeat([factor for _, factor in op.parts], [count for count, _ in op.parts])
                length = row_length_of(tensor, change)
                here = factors[chunk.row : chunk.row + values.size // length].astype(np.float32)
                values = (values.reshape(here.size, length) * here[:, None]).reshape(-1)
            else:
                assert isinstance(op, NegativeExp)
                values = (-np.exp(values.astype(np.float64))).astype(np.float32)
            if half:
                values = values.astype(np.float16).astype(np.float32)
    return values
