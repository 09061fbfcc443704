"""The numbers of an importance matrix for one tensor at a time, as llama-quantize computes them."""

from functools import lru_cache

import numpy as np

from app.core.arrays import Floats
from app.core.checkpoint import StoredTensor
from app.core.model.imatrix import TensorImportance
from app.core.weights.byte_ranges import WeightReader

LARGEST = 1e25  # with more than that, sums of what ggml weighs by it leave float32
KEPT = 4  # tensors; some threads are still at the one before


class ImportanceReader:
    """Any thread may ask; the numbers of the last few tensors are kept."""

    def __init__(self, reader: WeightReader) -> None:
        self._reader = reader
        self.values = lru_cache(maxsize=KEPT)(self._values)

    def _values(self, importance: TensorImportance, row_length: int) -> Floats:
        sums, counts = read_floats(importance.sums, self._reader), read_floats(importance.counts, self._reader)
        return importance_values(sums, counts).reshape(-1, row_length)


def read_floats(tensor: StoredTensor, reader: WeightReader) -> Floats:
    """All values of an F32 tensor, flat. Raises ConversionError."""
    buffer = np.empty(tensor.byte_count, np.uint8)
    return reader.read(tensor.file, tensor.offset, buffer).view(np.float32)


def importance_values(sums: Floats, counts: Floats) -> Floats:
    """Mean squares in float32, flat: `sums`, (matrices × columns,), divided by `counts`, (matrices,).

    1 for an expert that was never asked (tools/quantize/quantize.cpp, load_imatrix).
    """
    whole = np.floor(counts + np.float32(0.5))[:, None]
    rows = sums.reshape(counts.size, -1)
    return np.where(whole > 0, rows / np.maximum(whole, np.float32(1)), np.float32(1)).reshape(-1)
