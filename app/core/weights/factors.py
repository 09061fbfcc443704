"""The two thin matrices of an adapter's change, as they are multiplied: read in parts, and on their grids."""

from functools import lru_cache

import numpy as np

from app.core.arrays import Floats
from app.core.checkpoint import StoredTensor
from app.core.checkpoint.checkpoint_values import Factor
from app.core.checkpoint.dtypes import ITEM_BYTES
from app.core.errors import ConversionError
from app.core.floats import widened
from app.core.text import text
from app.core.weights.byte_ranges import Ranges, WeightReader
from app.core.weights.exact_product import COLUMNS, Doubles, on_grid

Span = tuple[int, int]  # first, how many
Steps = tuple[int, int]  # how many, and how many values lie from one to the next
KEPT = 4  # right factors, which all rows of a matrix need: some threads are still at the one before


class FactorReader:
    """Any thread may ask; the last few right factors are kept."""

    def __init__(self, reader: WeightReader) -> None:
        self._reader = reader
        self.right = lru_cache(maxsize=KEPT)(self._right)

    def left(self, factor: Factor, matrix: int, rows: Span) -> Floats:
        """(rows, rank) of one matrix, as they are. Raises ConversionError."""
        return self.part(factor, matrix, rows, (0, factor.shape[-1]))

    def vector(self, stored: StoredTensor, rows: Span) -> Floats:
        """Some values of a vector as (rows,) float32. Raises ConversionError."""
        return self._values(stored, rows[0], (1, rows[1]), (rows[1], 1)).reshape(-1)

    def part(self, factor: Factor, matrix: int, lines: Span, columns: Span) -> Floats:
        """(lines, columns) of the last two axes of one matrix, as they are. Raises ConversionError."""
        view = factor.view
        line, column = view.strides[-2:]
        whole = view.strides[0] if len(view.shape) > 2 else 0
        begin = view.start + matrix * whole + lines[0] * line + columns[0] * column
        if line < column:
            return self._values(factor.stored, begin, (columns[1], column), (lines[1], line)).T
        return self._values(factor.stored, begin, (lines[1], line), (columns[1], column))

    def _right(self, factor: Factor, matrix: int, ranks: Span) -> Doubles:
        """(ranks, all columns) of one matrix, each column on its grid."""
        return on_grid(self.part(factor, matrix, ranks, (0, factor.shape[-1])), COLUMNS)

    def _values(self, stored: StoredTensor, begin: int, lines: Steps, columns: Steps) -> Floats:
        """(lines, columns) float32 from value number `begin` on."""
        (line_count, line), (column_count, column) = lines, columns
        size, span = ITEM_BYTES[stored.dtype], (column_count - 1) * column + 1
        first = stored.offset + begin * size
        if span == line:  # one behind the other
            ranges: Ranges = ((first, line_count * span * size),)
        else:
            ranges = tuple((first + number * line * size, span * size) for number in range(line_count))
        raw = self._reader.read_ranges(stored.file, ranges, np.empty(line_count * span * size, np.uint8))
        values = widened(raw, stored.dtype).reshape(line_count, span)[:, ::column]
        if not np.isfinite(values).all():
            raise ConversionError(
                text("{tensor} of the adapter holds values that are not numbers.", tensor=stored.name),
                text("Training diverged: take an earlier state of the adapter."),
            )
        return values
