"""The values that MLX computes with: of a tensor of the folder, or of many that one tensor of the file holds."""

from collections.abc import Generator, Iterable, Sequence

from app.core.arrays import Floats
from app.core.checkpoint import ModelTensor, WeightFile
from app.core.floats import widened
from app.core.model.packing import is_readable
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import Chunk, chunks_of
from app.core.weights.factors import FactorReader
from app.core.weights.look import READERS, read_parts
from app.core.weights.ordered_pool import ordered_pool
from app.core.weights.updates import updated
from app.core.weights.values import packed_values


def have_values(tensors: Sequence[ModelTensor]) -> bool:
    """Whether there is something that `value_chunks` can read."""
    return bool(tensors) and all(is_readable(one) and one.element_count for one in tensors)


def files_of(tensors: Iterable[ModelTensor]) -> dict[WeightFile, None]:
    """What has to be open to read them, each file once."""
    return dict.fromkeys(file for one in tensors for file in one.files)


def value_chunks(tensors: Iterable[ModelTensor], reader: WeightReader) -> Generator[tuple[Chunk, Floats], None, None]:
    """Every chunk with its (n,) float32 values, in order; what adapters add to them is in them.

    To be closed before the reader is: some chunks are read ahead. Raises ConversionError.
    """
    factors = FactorReader(reader)

    def work(_: int, chunk: Chunk) -> Floats:
        return values_of(chunk, reader, factors)

    yield from ordered_pool(work, (chunk for one in tensors for chunk in chunks_of(one)), READERS, READERS + 1)


def values_of(chunk: Chunk, reader: WeightReader, factors: FactorReader) -> Floats:
    """The same of one chunk, in any thread. Raises ConversionError."""
    tensor, values = chunk.tensor, stored_values(chunk, reader)
    if not tensor.updates:
        return values
    return updated(values.reshape(-1, tensor.shape[-1]), tensor, chunk.rows, factors).reshape(-1)


def stored_values(chunk: Chunk, reader: WeightReader) -> Floats:
    """(n,) float32, without what adapters add. Raises ConversionError."""
    parts = read_parts(chunk, reader)
    return packed_values(chunk.tensor, parts) if chunk.tensor.quantization else widened(parts[0], chunk.tensor.dtype)
