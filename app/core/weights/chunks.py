"""Tensors in chunks, so that memory does not depend on the size of a tensor."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.architectures.ops import Columns, Op, PadRows, Rows, ScaleRows, Transpose
from app.core.checkpoint import ModelTensor, StoredTensor
from app.core.checkpoint.dtypes import ITEM_BYTES
from app.core.errors import ConversionError
from app.core.weights.byte_ranges import NOWHERE
from app.core.weights.line_order import line_numbers, runs

CHUNK = 1 << 19  # values; 1 MB of bfloat16. A multiple of every group size of MLX and every block size of GGUF.
Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Chunk:
    """Some values of a tensor, in the order in which they are written: `runs` of (first, how many) neighbours, counted
    through all rows; from NOWHERE on there are zeros. `row` is the number of the first row, where the values are whole
    rows.
    """

    tensor: ModelTensor
    runs: Ranges
    row: int = 0

    @property
    def count(self) -> int:
        """Number of values."""
        return sum(length for _, length in self.runs)

    def byte_ranges(self, part: StoredTensor) -> Ranges:
        """Offset in the file and length of this chunk's share of one stored part, run by run."""
        packing = self.tensor.quantization
        bits, values_per_item = ITEM_BYTES[part.dtype] * 8, 1
        if packing is not None and part is self.tensor.stored:
            bits = packing.bits
        elif packing is not None:
            values_per_item = packing.group_size
        return tuple(
            (
                NOWHERE if first == NOWHERE else part.offset + first // values_per_item * bits // 8,
                length // values_per_item * bits // 8,
            )
            for first, length in self.runs
        )


def chunks_of(tensor: ModelTensor, ops: tuple[Op, ...] = (), size: int = CHUNK) -> Iterator[Chunk]:
    """All chunks of what `ops` leave of a tensor, in order. Rows move here, by being read in another order.

    Raises ConversionError where rows or matrices are too large to be moved within the bound of memory.
    """
    if not any(isinstance(op, Rows | PadRows | Columns | Transpose | ScaleRows) for op in ops):
        for first in range(0, tensor.element_count, size):
            yield Chunk(tensor, ((first, min(size, tensor.element_count - first)),))
        return
    yield from _chunks_of_rows(tensor, ops, size)


def _chunks_of_rows(tensor: ModelTensor, ops: tuple[Op, ...], size: int) -> Iterator[Chunk]:
    row_length = row_length_of(tensor, ops)
    together = next((op.row_count for op in ops if isinstance(op, Transpose)), 1)
    if row_length * together > size:
        raise ConversionError(f"{tensor.name} has rows of {row_length:,} values, too long to be moved.")
    rows = next((line_numbers(op.picks) for op in ops if isinstance(op, Rows)), None)
    row_count = tensor.element_count // row_length if rows is None else rows.size
    step = size // (row_length * together) * together
    for row in range(0, row_count, step):
        count = min(step, row_count - row)
        moved = ((row, count),) if rows is None else runs(rows[row : row + count])
        yield Chunk(tensor, tuple((first * row_length, length * row_length) for first, length in moved), row)
    padded = max((op.row_count for op in ops if isinstance(op, PadRows)), default=row_count)
    for row in range(row_count, padded, step):
        yield Chunk(tensor, ((NOWHERE, min(step, padded - row) * row_length),), row)


def row_length_of(tensor: ModelTensor, ops: tuple[Op, ...]) -> int:
    """Values of one row: a row is one index of the first axis, for columns one of all but the last."""
    if any(isinstance(op, Columns | Transpose) for op in ops):
        return tensor.shape[-1]
    return tensor.element_count // tensor.shape[0]
