"""The two thin matrices of an adapter's change, as they are multiplied: read in parts, and on their grids."""

from functools import lru_cache
from math import prod

import numpy as np

from app.core.arrays import Doubles, Floats
from app.core.checkpoint import StoredTensor
from app.core.checkpoint.checkpoint_values import Factor
from app.core.checkpoint.dtypes import ITEM_BYTES
from app.core.errors import ConversionError
from app.core.floats import widened
from app.core.text import text
from app.core.weights.byte_ranges import Ranges, WeightReader
from app.core.weights.exact_product import COLUMNS, ROWS, TOGETHER, on_grid

Span = tuple[int, int]  # first, how many
Steps = tuple[int, int]  # how many, and how many values lie from one to the next
KEPT = 4  # factors, which all chunks of a matrix need: some threads are still at the one before
LARGEST = 1 << 20  # values of a factor that is kept, 8 MB


class FactorReader:
    """Any thread may ask; the last few factors are kept."""

    def __init__(self, reader: WeightReader) -> None:
        self._reader = reader
        self._kept_lefts = lru_cache(maxsize=KEPT)(self._lefts)
        self._kept_rights = lru_cache(maxsize=KEPT)(self._rights)

    def lefts(self, factor: Factor, matrix: int, rows: Span) -> list[Doubles]:
        """(rows, rank) of one matrix in pieces of `TOGETHER` of the rank, each row on its grid.

        Raises ConversionError.
        """
        if prod(factor.shape[-2:]) > LARGEST:
            return self._lefts(factor, matrix, rows)
        first, last = rows[0], sum(rows)
        return [piece[first:last] for piece in self._kept_lefts(factor, matrix, (0, factor.shape[-2]))]

    def rights(self, factor: Factor, matrix: int) -> list[Doubles]:
        """(rank, columns) of one matrix in such pieces, each column on its grid. Raises ConversionError."""
        find = self._rights if prod(factor.shape[-2:]) > LARGEST else self._kept_rights
        return find(factor, matrix)

    def _lefts(self, factor: Factor, matrix: int, rows: Span) -> list[Doubles]:
        left = self.left(factor, matrix, rows)
        return [on_grid(left[:, start : start + TOGETHER], ROWS) for start in range(0, left.shape[1], TOGETHER)]

    def _rights(self, factor: Factor, matrix: int) -> list[Doubles]:
        rank, columns = factor.shape[-2:]
        spans = [(start, min(TOGETHER, rank - start)) for start in range(0, rank, TOGETHER)]
        return [on_grid(self.part(factor, matrix, span, (0, columns)), COLUMNS) for span in spans]

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
