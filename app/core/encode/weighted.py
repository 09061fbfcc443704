"""Whole rows → blocks that are chosen by the importance of each column, which every expert has its own of."""

from dataclasses import dataclass
from functools import reduce
from operator import add

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.arrays import Bytes, Floats
from app.core.encode.encoder import Encoded, encode
from app.core.encode.kernels import Measuring


@dataclass(frozen=True)
class Weights:
    """One line of numbers for each matrix, and where in all rows of the tensor a chunk begins."""

    lines: Floats
    rows_per_matrix: int
    first_row: int


def encode_weighted(
    raw: Bytes,
    dtype: str,
    kind: GGMLQuantizationType,
    out: Bytes,
    weights: Weights,
    measuring: Measuring | None = None,
) -> Encoded:
    """As `encode`, each matrix of whole rows by its own line of `weights`.

    src/llama-quant.cpp, llama_tensor_quantize_impl. Raises ConversionError without ggml.
    """
    row_length = weights.lines.shape[1]
    row_bytes = row_length * GGML_QUANT_SIZES[GGMLQuantizationType[dtype]][1]
    row_count, row, used = raw.size // row_bytes, 0, 0
    parts: list[Encoded] = []
    while row < row_count:
        matrix, place = divmod(weights.first_row + row, weights.rows_per_matrix)
        end = min(row_count, row + weights.rows_per_matrix - place)
        values = raw[row * row_bytes : end * row_bytes]
        part = None if measuring is None else measuring.part(row * row_length, end * row_length)
        parts.append(encode(values, dtype, kind, out[used:], weights.lines[matrix], part))
        used, row = used + parts[-1].data.size, end
    errors = [part.error for part in parts if part.error is not None]
    kept = [part.kept for part in parts if part.kept is not None]
    return Encoded(
        out[:used],
        sum(part.non_finite for part in parts),
        sum(part.overflows for part in parts),
        reduce(add, errors) if errors else None,
        reduce(add, kept) if kept else None,
    )
