"""In which ways packed words and their scales can be read, by their shapes and dtypes alone.

So does mlx-lm with what the settings do not name (utils.py, infer_quant_config); it knows the width of a layer, which
tells one of several ways: 4 bits in groups of 64 have as many words for each scale as 8 bits in groups of 32.
"""

from dataclasses import replace
from itertools import product

from app.core.checkpoint.checkpoint_values import ModelTensor, StoredTensor
from app.core.checkpoint.quantization import AFFINE_BITS, GROUP_SIZES, MODE_DEFAULTS, Quantization

WORD_BITS = 32  # MLX packs into uint32
# Each with the bits of a group's codes
AFFINE = tuple((bits * length, Quantization(bits, length)) for bits, length in product(AFFINE_BITS, GROUP_SIZES))
# Their scales are 8-bit floats; those of affine weights have the dtype of the model
WITHOUT_BIASES = tuple(
    (how["bits"] * how["group_size"], Quantization(how["bits"], how["group_size"], mode))
    for mode, how in MODE_DEFAULTS.items()
    if mode != "affine"
)


def ways_to_read(words: StoredTensor, scales: StoredTensor) -> tuple[Quantization, ...]:
    """All of them, each for rows of another width; words are (…, rows, words of a row), scales (…, rows, groups)."""
    if not _have_the_same_rows(words, scales):
        return ()
    known = WITHOUT_BIASES if scales.dtype == "U8" else AFFINE
    bit_count, group_count = words.shape[-1] * WORD_BITS, scales.shape[-1]
    return tuple(way for bits, way in known if bits * group_count == bit_count)


def fits(words: StoredTensor, scales: StoredTensor, way: Quantization) -> bool:
    """Whether every scale has the words of a whole group."""
    bit_count = way.bits * way.group_size
    return _have_the_same_rows(words, scales) and bit_count * scales.shape[-1] == words.shape[-1] * WORD_BITS


def _have_the_same_rows(words: StoredTensor, scales: StoredTensor) -> bool:
    return len(words.shape) == len(scales.shape) > 0 and words.shape[:-1] == scales.shape[:-1]


def read_as(tensor: ModelTensor, way: Quantization) -> ModelTensor:
    """A packed tensor, read in one of the ways that its shapes allow."""
    assert tensor.scales is not None
    shape = (*tensor.scales.shape[:-1], tensor.scales.shape[-1] * way.group_size)
    return replace(tensor, shape=shape, dtype=tensor.scales.dtype, quantization=way)
