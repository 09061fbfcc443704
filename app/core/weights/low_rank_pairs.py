"""The two thin matrices that llama.cpp multiplies beside a tensor, out of an adapter's factors."""

import numpy as np

from app.core.architectures.line_order import line_numbers
from app.core.architectures.ops import Change, Columns, PadRows, Rows, Scale, ScaleRows, Transpose
from app.core.arrays import Doubles, Floats
from app.core.checkpoint import ModelTensor
from app.core.floats import widened
from app.core.model.low_rank_pairs import Block, Pair, Term
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import Chunk
from app.core.weights.factors import FactorReader
from app.core.weights.look import read_parts


def factors(pair: Pair, reader: WeightReader) -> tuple[Floats, Floats]:
    """(…, rank, columns) and (…, rows, rank) float32, with a leading axis for a stack of experts.

    The second holds the scale, and what llama.cpp multiplies only the base's part with: each of its values is rounded
    once. Raises ConversionError.
    """
    made = [_group(pair, group, reader) for group in pair.groups]
    a = np.stack([a for a, _ in made])
    b = np.concatenate([b for _, b in made]).reshape(-1, pair.row_count, pair.rank)
    a = np.repeat(a, len(b) // len(a), axis=0)
    if pair.multiplier is not None:
        b *= _numbers(pair.multiplier, reader)[:, None, None]
    with np.errstate(over="ignore"):  # counted when they are encoded
        narrow = b.astype(np.float32)
    return a.reshape(*pair.matrices, *a.shape[1:]), narrow.reshape(*pair.matrices, *b.shape[1:])


def _numbers(tensor: ModelTensor, reader: WeightReader) -> Doubles:
    """All values of a small tensor that is not packed, (n,)."""
    (raw,) = read_parts(Chunk(tensor, ((0, tensor.element_count),)), reader)
    return widened(raw, tensor.dtype).astype(np.float64)


def _group(pair: Pair, group: tuple[Block, ...], reader: WeightReader) -> tuple[Floats, Doubles]:
    """Factors of terms stand beside each other; a block has zeros where a term is not its own."""
    ranks = pair.ranks(group)
    ends = np.cumsum(list(ranks.values()))
    places = {key: slice(end - rank, end) for (key, rank), end in zip(ranks.items(), ends, strict=True)}
    a = np.zeros((pair.rank, pair.shape[-1]), np.float32)
    rows = []
    for block, terms in pair.numbered(group):
        below = np.zeros((_rows_after(pair, block), pair.rank))
        for key, term in terms:
            left, right = _moved(pair.change, *_read(term, block, reader))
            below[:, places[key]] += left * _factors(pair.change, len(left)) * np.float64(term.update.scale)
            a[places[key]] = right
        rows.append(below)
    return a, np.concatenate(rows)


def _read(term: Term, block: Block, reader: WeightReader) -> tuple[Floats, Floats]:
    update, ranks = term.update, (0, term.update.rank)
    left = np.zeros((block.row_count, update.rank), np.float32)
    factors = FactorReader(reader)
    left[term.at : term.at + term.count] = factors.left(update.left, term.matrix, (term.first, term.count))
    right = factors.part(update.right, term.matrix, ranks, (0, update.right.shape[-1]))
    return left, right


def _rows_after(pair: Pair, block: Block) -> int:
    change = pair.change
    if isinstance(change.within_rows, Transpose):
        return pair.row_count
    if isinstance(change.rows, Rows):
        return int(line_numbers(change.rows.picks).size)
    return change.rows.row_count if isinstance(change.rows, PadRows) else block.row_count


def _moved(change: Change, left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Rows are the left factor's, columns the right one's."""
    if isinstance(change.rows, Rows):
        left = left[line_numbers(change.rows.picks)]
    elif isinstance(change.rows, PadRows):
        left = np.pad(left, ((0, change.rows.row_count - len(left)), (0, 0)))
    if isinstance(change.within_rows, Columns):
        right = right[:, line_numbers(change.within_rows.picks)]
    elif isinstance(change.within_rows, Transpose):
        left, right = right.T, left.T
    return left, right


def _factors(change: Change, row_count: int) -> Doubles:
    """(rows, 1): by what the file's values are multiplied. A constant that is added is the base's alone."""
    found = np.ones((row_count, 1))
    for op in change.values:
        if isinstance(op, Scale):
            found *= np.float64(np.float32(op.factor))
        elif isinstance(op, ScaleRows):
            numbers = [np.float64(np.float32(factor)) for _, factor in op.parts]
            found *= np.repeat(numbers, [count for count, _ in op.parts])[:, None]
    return found
