"""A tensor that nobody knows how it was encoded: what can be asked of it follows from what most of its blocks are."""

import numpy as np
from gguf import GGML_QUANT_SIZES

from app.core.arrays import Floats
from app.core.encode.encoder import Error
from app.core.ggml_types import TENSOR_TYPES, Importance
from app.core.plan import PlannedTensor
from app.core.text import NOTHING, Text, text
from app.core.verify.weights.bounds import BY_IMPORTANCE, LARGEST_SHARE, exceeds, lost
from app.core.verify.weights.chunk_proof import ChunkPair, explained_blocks, other_bytes, other_value
from app.core.weights.byte_ranges import WeightReader

MOST = 0.9  # of the blocks: then the others should be so too
ROUNDED_ON_THE_WAY = (
    2.0**-7
)  # twice to BF16, of the largest of a group: tools decode packed weights, and quantize the result
GROUP = 32
SIXTEEN_BITS = ("BF16", "F16")


class ForeignChunks:
    """Takes the chunks of one tensor, one after the other.

    Where nine blocks of ten hold MLX's values or are what encoding gives, another block is a fault. Else the tensor was
    encoded by other means, with an importance matrix or from weights that had been rounded: then the bounds of its type
    count, and where an importance matrix may have chosen the blocks, how much of each is left and of all together.
    """

    def __init__(self, tensor: PlannedTensor, reader: WeightReader) -> None:
        self._reader = reader
        self._has_updates = any(one.updates for one in tensor.sources)
        self._may_be_rounded = any(one.quantization or one.dtype not in SIXTEEN_BITS for one in tensor.sources)
        kind = TENSOR_TYPES.get(tensor.type)
        self._may_be_weighted = kind is not None and kind.importance is not Importance.UNUSED
        self._most = BY_IMPORTANCE.get(tensor.type, LARGEST_SHARE)
        self._blocks = self._explained = 0
        self._beyond = self._beyond_loosely = self._other = NOTHING

    def add(self, pair: ChunkPair, slack: float) -> None:
        """The next chunk. `slack`: by how much MLX's values may be off."""
        explained, block = explained_blocks(pair, self._reader), GGML_QUANT_SIZES[pair.tensor.type][0]
        self._blocks += explained.size
        self._explained += int(np.count_nonzero(explained))
        if explained.all():
            return
        self._other = self._other or other_bytes(pair, int(np.argmin(explained)) * block)
        self._beyond = self._beyond or _beyond(pair, slack)
        self._beyond_loosely = self._beyond_loosely or self._loosely(pair, slack)

    def _loosely(self, pair: ChunkPair, slack: float) -> Text:
        if self._may_be_weighted:
            found = lost(pair.expected, pair.values, pair.tensor.type)
            return other_value(pair, int(found[0])) if found.size else NOTHING
        rounded = ROUNDED_ON_THE_WAY * _largest_nearby(pair.expected) if self._may_be_rounded else 0.0
        return _beyond(pair, rounded + slack)

    @property
    def explained(self) -> float:
        """The share of blocks that hold MLX's values exactly, or are what encoding gives for them."""
        return self._explained / self._blocks if self._blocks else 1.0

    @property
    def is_possible(self) -> bool:
        """Whether every value is within the bounds of its type."""
        return not self._beyond

    def problem(self, error: Error) -> Text:
        """What is wrong, where the first fault is; empty for a sound tensor. `error`: of all its values."""
        if self.explained >= MOST:
            return self._beyond or (NOTHING if self._has_updates else self._other)
        if self._beyond_loosely or not self._may_be_weighted or error.relative <= self._most:
            return self._beyond_loosely
        return text("its error is {error:.1%}, more than any encoding's", error=error.relative)


def _beyond(pair: ChunkPair, slack: Floats | float) -> Text:
    found = exceeds(pair.expected, pair.values, pair.tensor.type, slack=slack)
    return other_value(pair, int(found[0])) if found.size else NOTHING


def _largest_nearby(values: Floats) -> Floats:
    """(n,): the largest magnitude of the group that a value is in."""
    magnitudes = np.abs(values)
    if values.size % GROUP:
        return magnitudes
    largest: Floats = np.repeat(magnitudes.reshape(-1, GROUP).max(axis=1), GROUP)
    return largest
