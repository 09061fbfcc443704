"""Tensors in chunks of consecutive values, so that memory does not depend on the size of a tensor."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.checkpoint import ModelTensor, StoredTensor
from app.core.checkpoint.dtypes import ITEM_BYTES

CHUNK = 1 << 19  # values; 1 MB of bfloat16. A multiple of every group size of MLX and every block size of GGUF.


@dataclass(frozen=True)
class Chunk:
    """`count` values of a tensor from `first` on, counted through all rows."""

    tensor: ModelTensor
    first: int
    count: int

    def byte_range(self, part: StoredTensor) -> tuple[int, int]:
        """Offset in the file and length of this chunk's share of one stored part."""
        packing = self.tensor.quantization
        bits = ITEM_BYTES[part.dtype] * 8
        if packing is not None and part is self.tensor.stored:
            bits = packing.bits
        elif packing is not None:
            return self._bytes(part, bits, packing.group_size)
        return self._bytes(part, bits, 1)

    def _bytes(self, part: StoredTensor, bits: int, values_per_item: int) -> tuple[int, int]:
        start = self.first // values_per_item * bits // 8
        return part.offset + start, self.count // values_per_item * bits // 8


def chunks_of(tensor: ModelTensor, size: int = CHUNK) -> Iterator[Chunk]:
    """All chunks of a tensor in order."""
    for first in range(0, tensor.element_count, size):
        yield Chunk(tensor, first, min(size, tensor.element_count - first))
