"""A chunk of a file's tensor against the values that it should hold: what differs, and whether encoding explains it."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

from app.core.architectures.ops import NegativeExp
from app.core.arrays import Bytes, Floats
from app.core.convert.chunk_worker import ChunkJob
from app.core.encode.encoder import encode
from app.core.encode.weighted import Weights, encode_weighted
from app.core.ggml_types import TENSOR_TYPES, Importance
from app.core.plan import Method, PlannedTensor
from app.core.text import Text, text
from app.core.verify.weights.bounds import HALF
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.importance import ImportanceReader

LIBRARIES = 2.0**-21  # relative: the exponentials of two libraries are a few units apart
VIEWS = {GGMLQuantizationType.F32: np.float32, GGMLQuantizationType.F16: np.float16}


class ChunkPair(NamedTuple):
    """(n,) values by MLX and in the file, and the bytes of the latter. `first` counts through the whole tensor."""

    tensor: PlannedTensor
    job: ChunkJob
    expected: Floats
    values: Floats
    raw: Bytes

    def place(self, number: int) -> dict[str, int]:
        """Row and column of a value of the chunk."""
        row, column = divmod(self.job.first + number, self.tensor.shape[-1])
        return {"row": row, "column": column}


def decoded(raw: Bytes, kind: GGMLQuantizationType) -> Floats:
    """(n,) float32, by gguf's own code. Raises NotImplementedError for a type that it cannot decode."""
    if kind not in VIEWS and kind is not GGMLQuantizationType.BF16 and kind not in TENSOR_TYPES:
        raise NotImplementedError
    with np.errstate(all="ignore"):  # whatever numbers damaged blocks have
        return dequantize(raw.view(VIEWS.get(kind, np.uint8)), kind).astype(np.float32).reshape(-1)


def other_value(pair: ChunkPair, number: int) -> Text:
    """What is said of a value that no encoding explains."""
    return text(
        "row {row:,}, column {column:,}: {found:.6g} in the file, {expected:.6g} by MLX",
        **pair.place(number),
        found=float(pair.values[number]),
        expected=float(pair.expected[number]),
    )


def other_bytes(pair: ChunkPair, number: int) -> Text:
    """What is said of a block whose values are possible."""
    return text("row {row:,}, column {column:,}: other bytes than encoding gives", **pair.place(number))


def can_be_encoded(tensor: PlannedTensor) -> bool:
    """Whether ggml makes blocks of the type without, or with the given, importance: it aborts otherwise."""
    kind = TENSOR_TYPES.get(tensor.type)
    return kind is not None and (tensor.importance is not None or kind.importance is not Importance.NEEDED)


def encoded_again(pair: ChunkPair, reader: WeightReader) -> Bytes:
    """The bytes that encoding gives for what MLX computes."""
    tensor, raw = pair.tensor, pair.expected.view(np.uint8)
    out = np.empty(pair.expected.size * 4, np.uint8)
    if tensor.importance is None:
        return encode(raw, "F32", tensor.type, out).data
    row_length, row_count = tensor.shape[-1], tensor.shape[-2]
    weights = ImportanceReader(reader).values(tensor.importance, row_length)
    return encode_weighted(raw, "F32", tensor.type, out, Weights(weights, row_count, pair.job.first // row_length)).data


def explained_blocks(pair: ChunkPair, reader: WeightReader) -> npt.NDArray[np.bool_]:
    """(blocks,): whether one holds MLX's values exactly, or is what encoding gives for them, to the byte.

    Codes of packed weights may have got scales that are rounded to float16, and exponentials differ
    from library to library.
    """
    block, block_bytes = GGML_QUANT_SIZES[pair.tensor.type]
    expected, values = pair.expected.reshape(-1, block), pair.values.reshape(-1, block)
    same: npt.NDArray[np.bool_] = (values == expected).all(axis=1)
    if _is_computed(pair.tensor):
        same |= (np.abs(values.astype(np.float64) - expected) <= np.abs(expected) * LIBRARIES).all(axis=1)
    if same.all():
        return same
    if block > 1 and any(source.quantization for source in pair.tensor.sources):
        with np.errstate(all="ignore"):
            changes = np.abs(values.astype(np.float64) - expected).max(axis=1)
        same |= changes <= np.abs(expected).max(axis=1) * 2 * HALF
    if can_be_encoded(pair.tensor):
        again = encoded_again(pair, reader)
        if again.size == pair.raw.size:  # not where a value is none
            same |= (again == pair.raw).reshape(-1, block_bytes).all(axis=1)
    return same


def _is_computed(tensor: PlannedTensor) -> bool:
    return tensor.method is Method.COMPUTE or any(isinstance(op, NegativeExp) for op in tensor.change.values)
