"""How far the rounding of 8-bit blocks would drown what an adapter adds to packed weights, by a sample of rows."""

import numpy as np
from gguf import GGMLQuantizationType
from gguf.quants import dequantize, quantize

from app.core.checkpoint import ModelTensor
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import Chunk
from app.core.weights.factors import FactorReader
from app.core.weights.updates import updated
from app.core.weights.values import packed_values

SAMPLE = 1 << 15  # values; whole rows, evenly spread
Q8_0, BLOCK = GGMLQuantizationType.Q8_0, 32


def is_sampled(tensor: ModelTensor) -> bool:
    """Whether the size of a change decides about the tensor's type."""
    packing = tensor.quantization
    return bool(tensor.updates) and packing is not None and tensor.shape[-1] % BLOCK == 0


def noise_in_blocks(tensor: ModelTensor, reader: WeightReader, factors: FactorReader) -> float:
    """Root mean square of what Q8_0 rounds, relative to that of the change; 0 where nothing changes.

    Raises ConversionError.
    """
    columns, row_count = tensor.shape[-1], tensor.element_count // tensor.shape[-1]
    rows = np.unique(np.linspace(0, row_count - 1, max(1, SAMPLE // columns)).astype(int)).tolist()
    chunk = Chunk(tensor, tuple((row * columns, columns) for row in rows))
    before = packed_values(tensor, tuple(chunk.read(part, reader) for part in tensor.parts)).reshape(-1, columns)
    wanted = updated(before, tensor, chunk.rows, factors)
    change = np.square(wanted.astype(np.float64) - before).sum()
    if not change or not np.isfinite(change):  # what is not finite stops the conversion
        return 0.0
    rounded = np.square(dequantize(quantize(wanted, Q8_0), Q8_0).astype(np.float64) - wanted).sum()
    return float(np.sqrt(rounded / change))
