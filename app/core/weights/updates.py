"""What adapters add to some rows of a tensor, computed block by block: memory does not depend on the rank."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from app.core.arrays import Doubles, Floats
from app.core.checkpoint import ModelTensor, StoredTensor
from app.core.checkpoint.checkpoint_values import LowRank
from app.core.kernel_library import LowRankFactors
from app.core.weights.byte_ranges import Ranges
from app.core.weights.factors import FactorReader, Span
from app.core.weights.low_rank_kernel import add_low_rank

BLOCK = 1 << 16  # values that stay in a core's cache as float64
BLOCK_COLUMNS = 1 << 11  # with fewer rows a matrix product reads more than it computes
Lines = npt.NDArray[np.intp]


def updated(values: Floats, tensor: ModelTensor, rows: Ranges, factors: FactorReader) -> Floats:
    """(n, columns) float32 values of the tensor's `rows`, runs of (first, how many), with all its updates.

    Each sum is made in float64 and rounded to float32 once, whatever the device. Raises ConversionError.
    """
    lines = _lines(rows)
    for update in tensor.updates:
        trained = update.first + lines
        touched = np.flatnonzero((trained >= 0) & (trained < update.rows_in_all))
        if touched.size == lines.size:  # without copying all of them
            values = _with(update, trained, values, factors)
        elif touched.size:
            changed = _with(update, trained[touched], values[touched], factors)
            values = values.copy()
            values[touched] = changed
    return values


def one_low_rank(tensor: ModelTensor, rows: Ranges, factors: FactorReader) -> LowRankFactors | None:
    """What is added to `rows` of the tensor, where that is all that its updates do; else None.

    Raises ConversionError.
    """
    if len(tensor.updates) != 1 or tensor.updates[0].magnitude is not None:
        return None
    (update,) = tensor.updates
    trained = update.first + _lines(rows)
    first, last = int(trained.min()), int(trained.max())
    if first < 0 or last >= update.rows_in_all or first // update.row_count != last // update.row_count:
        return None
    found, _, _ = _factors(update, trained, factors)
    return found


def _lines(rows: Ranges) -> Lines:
    return np.concatenate([np.arange(first, first + count) for first, count in rows])


def _with(update: LowRank, trained: Lines, values: Floats, factors: FactorReader) -> Floats:
    """Rows with what is added to them; `trained` are their numbers among those that were trained."""
    values = np.ascontiguousarray(values)
    target = np.empty_like(values)
    with np.errstate(over="ignore"):  # counted when they are encoded
        for begin, end in _matrices(trained, update.row_count):
            _update(update, trained[begin:end], values[begin:end], target[begin:end], factors)
    return target


def _matrices(lines: Lines, row_count: int) -> Iterator[tuple[int, int]]:
    """Begin and end of neighbours of one matrix each."""
    matrices = lines // row_count
    edges = [0, *(np.flatnonzero(np.diff(matrices)) + 1).tolist(), lines.size]
    return pairwise(edges)


def _factors(update: LowRank, lines: Lines, factors: FactorReader) -> tuple[LowRankFactors, Span, Lines]:
    """For `lines` of one matrix: also the rows that were read, and where among them the lines are."""
    matrix = int(lines[0]) // update.row_count
    first, last = (int(end) - matrix * update.row_count for end in (lines.min(), lines.max()))
    span, places = (first, last + 1 - first), lines - matrix * update.row_count - first
    lefts = factors.lefts(update.left, matrix, span)
    if (np.diff(places) != 1).any():  # rows that move
        lefts = [piece[places] for piece in lefts]
    return LowRankFactors(lefts, factors.rights(update.right, matrix), update.scale), span, places


def _update(update: LowRank, lines: Lines, values: Floats, target: Floats, factors: FactorReader) -> None:
    """All of one matrix: `lines` are numbers of its rows, counted through the matrices before it."""
    found, span, places = _factors(update, lines, factors)
    if update.magnitude is None and add_low_rank(values, found, target):
        return
    scratch = np.empty(max(BLOCK, values.shape[1]))  # for a block at a time: what is allocated anew is slow at first
    for rows, columns in _blocks(values.shape, whole_rows=update.magnitude is not None):
        before = values[rows, columns]
        wide = scratch[: before.size].reshape(before.shape)
        _multiply(found, (rows, columns), wide)
        wide *= np.float64(update.scale)
        wide += before
        if update.magnitude is not None:
            wide *= _row_factors(update.magnitude, wide, span, places[rows], factors)
        target[rows, columns] = wide
    target += np.float32(0)  # a zero has one sign, with which a library's sums may differ


def _blocks(shape: tuple[int, ...], whole_rows: bool) -> Iterator[tuple[slice, slice]]:
    columns = shape[1] if whole_rows else min(shape[1], BLOCK_COLUMNS)
    rows = max(1, BLOCK // columns)
    for row in range(0, shape[0], rows):
        for column in range(0, shape[1], columns):
            yield slice(row, row + rows), slice(column, column + columns)


def _multiply(factors: LowRankFactors, block: tuple[slice, slice], out: Doubles) -> None:
    """left · right, each product exact; of a rank above `TOGETHER` their sum is rounded, in one order."""
    rows, columns = block
    np.matmul(factors.lefts[0][rows], factors.rights[0][:, columns], out=out)
    for left, right in zip(factors.lefts[1:], factors.rights[1:], strict=True):
        out += np.matmul(left[rows], right[:, columns])


def _row_factors(magnitude: StoredTensor, wide: Doubles, span: Span, places: Lines, factors: FactorReader) -> Doubles:
    """(n, 1): by what DoRA multiplies each row, its length over that of the row (mlx-lm tuner/dora.py, fuse)."""
    lengths = np.sqrt(_row_sums(wide * wide))
    wanted = factors.vector(magnitude, span)[places].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):  # a row of zeros has no direction: counted when it is encoded
        return (wanted / lengths)[:, None]


def _row_sums(values: Doubles) -> Doubles:
    """Sums of rows, halved again and again: the same bits whatever a library's vectors do."""
    while values.shape[1] > 1:
        half = values.shape[1] // 2
        rest = values[:, 2 * half :]
        values = values[:, :half] + values[:, half : 2 * half]
        if rest.size:
            values = np.concatenate([values, rest], axis=1)
    return values[:, 0]
