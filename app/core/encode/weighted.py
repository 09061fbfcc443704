"""Whole rows → blocks that are chosen by the importance of each column, which every expert has its own of."""

from dataclasses import dataclass

from gguf import GGMLQuantizationType

from app.core.arrays import Bytes, Floats
from app.core.encode.encoder import NO_ERROR, NUMPY_BYTES, Encoded, encode


@dataclass(frozen=True)
class Weights:
    """One line of numbers for each matrix, and where in all rows of the tensor a chunk begins."""

    lines: Floats
    rows_per_matrix: int
    first_row: int


def encode_weighted(
    raw: Bytes, dtype: str, kind: GGMLQuantizationType, out: Bytes, weights: Weights, measures: bool = False
) -> Encoded:
    """As `encode`, each matrix of whole rows by its own line of `weights`.

    src/llama-quant.cpp, llama_tensor_quantize_impl. Raises ConversionError without ggml.
    """
    row_bytes = weights.lines.shape[1] * NUMPY_BYTES[dtype]
    row_count, row, used = raw.size // row_bytes, 0, 0
    parts: list[Encoded] = []
    while row < row_count:
        matrix, place = divmod(weights.first_row + row, weights.rows_per_matrix)
        end = min(row_count, row + weights.rows_per_matrix - place)
        values = raw[row * row_bytes : end * row_bytes]
        parts.append(encode(values, dtype, kind, out[used:], weights.lines[matrix], measures))
        used, row = used + parts[-1].data.size, end
    return Encoded(
        out[:used],
        sum(part.non_finite for part in parts),
        sum(part.overflows for part in parts),
        sum((part.error or NO_ERROR for part in parts), NO_ERROR) if measures else None,
    )
