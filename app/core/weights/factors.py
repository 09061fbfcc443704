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
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.exact_product import COLUMNS, Doubles, on_grid

Span = tuple[int, int]  # first, how many
KEPT = 4  # right factors, which all rows of a matrix need: some threads are still at the one before


class FactorReader:
    """Any thread may ask; the last few right factors are kept."""

    def __init__(self, reader: WeightReader) -> None:
        self._reader = reader
        self.right = lru_cache(maxsize=KEPT)(self._right)

    def left(self, factor: Factor, matrix: int, rows: Span) -> Floats:
        """(rows, rank) of one matrix, as they are. Raises ConversionError."""
        return self._part(factor, matrix, rows, (0, factor.shape[-1]))

    def vector(self, stored: StoredTensor, rows: Span) -> Floats:
        """Some values of a vector as (rows,) float32. Raises ConversionError."""
        return self._values(stored, 0, (0, 1), rows, (1, stored.shape[0])).reshape(-1)

    def _right(self, factor: Factor, matrix: int, ranks: Span) -> Doubles:
        """(ranks, all columns) of one matrix, each column on its grid."""
        return on_grid(self._part(factor, matrix, ranks, (0, factor.shape[-1])), COLUMNS)

    def _part(self, factor: Factor, matrix: int, lines: Span, columns: Span) -> Floats:
        if factor.is_transposed:
            return self._values(factor.stored, matrix, columns, lines, factor.stored.shape[-2:]).T
        return self._values(factor.stored, matrix, lines, columns, factor.stored.shape[-2:])

    def _values(self, stored: StoredTensor, matrix: int, lines: Span, columns: Span, shape: tuple[int, ...]) -> Floats:
        line_count, column_count = shape
        size = ITEM_BYTES[stored.dtype]
        begin = stored.offset + ((matrix * line_count + lines[0]) * column_count + columns[0]) * size
        whole_lines = columns[1] == column_count
        length = columns[1] * size
        ranges = [(begin + line * column_count * size, length) for line in range(lines[1])]
        if whole_lines:
            ranges = [(begin, lines[1] * length)]
        raw = self._reader.read_ranges(stored.file, tuple(ranges), np.empty(lines[1] * length, np.uint8))
        values = widened(raw, stored.dtype)
        if not np.isfinite(values).all():
            raise ConversionError(
                text("{tensor} of the adapter holds values that are not numbers.", tensor=stored.name),
                text("Training diverged: take an earlier state of the adapter."),
            )
        return values.reshape(lines[1], columns[1])
