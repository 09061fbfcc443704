"""What adapters add to some rows of a tensor, read and computed row by row: memory does not depend on the rank."""

import numpy as np

from app.core.arrays import Floats
from app.core.checkpoint import ModelTensor, StoredTensor
from app.core.checkpoint.checkpoint_values import Factor, LowRank
from app.core.checkpoint.dtypes import ITEM_BYTES
from app.core.errors import ConversionError
from app.core.floats import widened
from app.core.text import text
from app.core.weights.byte_ranges import Ranges, WeightReader
from app.core.weights.exact_product import TOGETHER, Doubles, exact_product


def updated(values: Floats, tensor: ModelTensor, rows: Ranges, reader: WeightReader) -> Floats:
    """(n, columns) float32 values of the tensor's `rows`, runs of (first, how many), with all its updates.

    Each sum is made in float64 and rounded to float32 once, whatever the device. Raises ConversionError.
    """
    values = values.copy()
    for update in tensor.updates:
        used = 0
        for row, count in rows:
            first, touched = update.touched(row, count)
            if touched:
                begin = used + first - row
                part = values[begin : begin + touched]
                part[...] = _with(update, part, first + update.first, reader)
            used += count
    return values


def _with(update: LowRank, values: Floats, first: int, reader: WeightReader) -> Floats:
    """Neighbouring rows of a tensor with what changes them, from its row `first` on."""
    wide, used = values.astype(np.float64), 0
    for place, count in _within_matrices(((first, len(values)),), update.row_count):
        wide[used : used + count] += _change(update, place, count, reader)
        used += count
    if update.magnitude is not None:
        wide *= _row_factors(update.magnitude, wide, first, reader)
    with np.errstate(over="ignore"):  # counted when they are encoded
        return wide.astype(np.float32)


def _within_matrices(rows: Ranges, row_count: int) -> Ranges:
    """The same runs, cut where one matrix of a stack ends."""
    cut = []
    for first, count in rows:
        while count:
            length = min(count, row_count - first % row_count)
            cut.append((first, length))
            first, count = first + length, count - length
    return tuple(cut)


def _change(update: LowRank, first: int, count: int, reader: WeightReader) -> Doubles:
    """(count, columns): scale · left · right of neighbouring rows of one matrix."""
    matrix, row = divmod(first, update.row_count)
    change: Doubles | None = None
    for start in range(0, update.rank, TOGETHER):
        ranks = start, min(TOGETHER, update.rank - start)
        left = part_of_factor(update.left, matrix, (row, count), ranks, reader)
        right = part_of_factor(update.right, matrix, ranks, (0, update.right.shape[-1]), reader)
        product = exact_product(left, right)
        change = product if change is None else change + product
    assert change is not None
    change *= np.float64(update.scale)
    return change


def part_of_factor(
    factor: Factor, matrix: int, lines: tuple[int, int], columns: tuple[int, int], reader: WeightReader
) -> Floats:
    """The part of a factor with these (first, how many) of its last two axes, as float32. Raises ConversionError."""
    view = factor.view
    line, column = view.strides[-2:]
    begin = (
        view.start + lines[0] * line + columns[0] * column + (matrix * view.strides[0] if len(view.shape) > 2 else 0)
    )
    if line < column:
        return _stored(factor.stored, begin, (columns[1], column), (lines[1], line), reader).T
    return _stored(factor.stored, begin, (lines[1], line), (columns[1], column), reader)


def _stored(
    stored: StoredTensor, begin: int, lines: tuple[int, int], columns: tuple[int, int], reader: WeightReader
) -> Floats:
    """(lines, columns) float32, of which both are given as (how many, the step from one to the next in values)."""
    (line_count, line), (column_count, column) = lines, columns
    size, span = ITEM_BYTES[stored.dtype], (column_count - 1) * column + 1
    first = stored.offset + begin * size
    ranges = [(first + number * line * size, span * size) for number in range(line_count)]
    if span == line:
        ranges = [(first, line_count * span * size)]
    raw = reader.read_ranges(stored.file, tuple(ranges), np.empty(line_count * span * size, np.uint8))
    values = widened(raw, stored.dtype).reshape(line_count, span)[:, ::column]
    if not np.isfinite(values).all():
        raise ConversionError(
            text("{tensor} of the adapter holds values that are not numbers.", tensor=stored.name),
            text("Training diverged: take an earlier state of the adapter."),
        )
    return values


def _row_factors(magnitude: StoredTensor, wide: Doubles, first: int, reader: WeightReader) -> Doubles:
    """(n, 1): by what DoRA multiplies each row, its length over that of the row (mlx-lm tuner/dora.py, fuse)."""
    size = ITEM_BYTES[magnitude.dtype]
    ranges = ((magnitude.offset + first * size, len(wide) * size),)
    raw = reader.read_ranges(magnitude.file, ranges, np.empty(len(wide) * size, np.uint8))
    lengths = np.sqrt(_row_sums(wide * wide))
    with np.errstate(divide="ignore", invalid="ignore"):  # a row of zeros has no direction: counted when it is encoded
        return (widened(raw, magnitude.dtype).astype(np.float64) / lengths)[:, None]


def _row_sums(values: Doubles) -> Doubles:
    """Sums of rows, halved again and again: the same bits whatever a library's vectors do."""
    while values.shape[1] > 1:
        half = values.shape[1] // 2
        rest = values[:, 2 * half :]
        values = values[:, :half] + values[:, half : 2 * half]
        if rest.size:
            values = np.concatenate([values, rest], axis=1)
    return values[:, 0]
