"""Tensors in chunks, so that memory does not depend on the size of a tensor."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.core.architectures.line_order import line_numbers, runs
from app.core.architectures.ops import NOTHING, Change, PadRows, Rows, ScaleRows, Transpose
from app.core.arrays import Bytes
from app.core.checkpoint import ModelTensor, StoredTensor
from app.core.checkpoint.dtypes import ITEM_BYTES
from app.core.errors import ConversionError
from app.core.text import text
from app.core.weights.byte_ranges import NOWHERE, Ranges, WeightReader

CHUNK = 1 << 19  # values; 1 MB of bfloat16. A multiple of every group size of MLX and every block size of GGUF.


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
    def rows(self) -> Ranges:
        """The runs of whole rows of the last axis, (first, how many), where the values are such."""
        columns = self.tensor.shape[-1]
        return tuple((first // columns, length // columns) for first, length in self.runs)

    @property
    def is_padding(self) -> bool:
        """Whether it is zeros that no file holds."""
        return self.runs[0][0] == NOWHERE

    @cached_property
    def count(self) -> int:
        """Number of values."""
        return sum(length for _, length in self.runs)

    def byte_ranges(self, part: StoredTensor) -> Ranges:
        """Offset in the file and length of this chunk's share of one stored part, run by run."""
        unit, size = self._unit(part)
        return tuple(
            (NOWHERE if first == NOWHERE else part.offset + begin * size, (end - begin) * size)
            for first, (begin, end) in ((first, _units(first, length, unit)) for first, length in self.runs)
        )

    def read(self, part: StoredTensor, reader: WeightReader, buffer: Bytes | None = None) -> Bytes:
        """The bytes of this chunk's share of one stored part, in `buffer` or a new one.

        Scales, biases and global scales: one item for each group.

        Raises ConversionError.
        """
        ranges = self.byte_ranges(part)
        size = sum(length for _, length in ranges)
        raw = reader.read_ranges(part.file, ranges, np.empty(size, np.uint8) if buffer is None else buffer[:size])
        return self._for_each_group(part, raw) if part is self.tensor.global_scale else raw

    def _unit(self, part: StoredTensor) -> tuple[int, int]:
        """How many values belong to one item of a part, and the item's bytes."""
        packing, item_bytes = self.tensor.quantization, ITEM_BYTES[part.dtype]
        if packing is None:
            return 1, item_bytes
        if part is self.tensor.stored:
            return packing.group_size, packing.group_bytes
        if part is self.tensor.global_scale:
            return self.tensor.element_count * item_bytes // part.byte_count, item_bytes
        return packing.group_size, item_bytes

    def _for_each_group(self, part: StoredTensor, raw: Bytes) -> Bytes:
        """Scales of whole matrices, repeated."""
        assert self.tensor.quantization is not None
        unit, size = self._unit(part)
        group_size = self.tensor.quantization.group_size
        numbers, used = [], 0
        for first, length in self.runs:
            begin, end = _units(first, length, unit)
            groups = np.arange(*_units(first, length, group_size))
            numbers.append(groups * group_size // unit - begin + used)
            used += end - begin
        return raw.reshape(-1, size)[np.concatenate(numbers)].reshape(-1)


def _units(first: int, length: int, unit: int) -> tuple[int, int]:
    """Number of the first unit that a run touches, and of the one after the last."""
    first = 0 if first == NOWHERE else first
    return first // unit, -(-(first + length) // unit)


def chunks_of(tensor: ModelTensor, change: Change = NOTHING, size: int = CHUNK) -> Iterator[Chunk]:
    """All chunks of what `change` leaves of a tensor, in order. Rows move here, by being read in another order.

    Raises ConversionError where rows or matrices are too large to be moved within the bound of memory.
    """
    if not (tensor.updates or _needs_rows(change)):
        for first in range(0, tensor.element_count, size):
            yield Chunk(tensor, ((first, min(size, tensor.element_count - first)),))
        return
    yield from _chunks_of_rows(tensor, change, size)


def _needs_rows(change: Change) -> bool:
    """Whether chunks must be whole rows."""
    moves = change.rows is not None or change.within_rows is not None
    return moves or any(isinstance(op, ScaleRows) for op in change.values)


def _chunks_of_rows(tensor: ModelTensor, change: Change, size: int) -> Iterator[Chunk]:
    row_length = row_length_of(tensor, change)
    together = change.within_rows.row_count if isinstance(change.within_rows, Transpose) else 1
    if row_length * together > size:
        raise ConversionError(
            text("{tensor} has rows of {count:,} values, too long to be moved.", tensor=tensor.name, count=row_length)
        )
    rows = line_numbers(change.rows.picks) if isinstance(change.rows, Rows) else None
    row_count = tensor.element_count // row_length if rows is None else rows.size
    step = size // (row_length * together) * together
    for row in range(0, row_count, step):
        count = min(step, row_count - row)
        moved = ((row, count),) if rows is None else runs(rows[row : row + count])
        yield Chunk(tensor, tuple((first * row_length, length * row_length) for first, length in moved), row)
    padded = change.rows.row_count if isinstance(change.rows, PadRows) else row_count
    for row in range(row_count, padded, step):
        yield Chunk(tensor, ((NOWHERE, min(step, padded - row) * row_length),), row)


def row_length_of(tensor: ModelTensor, change: Change) -> int:
    """Values of one row: a row is one index of the first axis, for columns and updates one of all but the last."""
    if change.within_rows is not None or (tensor.updates and not _needs_rows(change)):
        return tensor.shape[-1]
    return tensor.element_count // tensor.shape[0]
