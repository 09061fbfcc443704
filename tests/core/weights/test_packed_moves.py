"""Moving packed words and decoding is decoding and moving, by MLX's own dequantize, bit for bit."""

from dataclasses import replace

import numpy as np
import pytest
from gguf import GGMLQuantizationType
from gguf.quants import dequantize

from app.core.architectures.ops import Columns, Pick, Transpose
from app.core.checkpoint.quantization import Quantization
from app.core.weights.mlx_thread import compute
from app.core.weights.packed_moves import group_numbers, moved_packed
from app.core.weights.values import transformed
from tests.core.weights.one_tensor import BITS, GROUP_SIZES, blocks_of, kquant, normal, pack, packed, plain, unpack

ROWS = 6
AFFINE = [Quantization(bits, size) for bits in BITS for size in GROUP_SIZES]
ALL = [*AFFINE, Quantization(4, 32, "mxfp4"), Quantization(8, 32, "mxfp8"), Quantization(4, 16, "nvfp4")]


def named(packing):
    return f"{packing.mode}-{packing.bits}-{packing.group_size}"


def tiled(width: int) -> Columns:
    """Six heads of `width` columns in another order."""
    return Columns((Pick((2, 3, width), (1, 0, 2)),))


def order(width: int) -> list[int]:
    return [(key * 3 + value) * width + i for value in range(3) for key in range(2) for i in range(width)]


def dtype_of(packing):
    return "BF16" if packing.mode == "affine" else "U8"


@pytest.mark.parametrize("heads_are", [1, 2], ids=["one group", "two groups"])
@pytest.mark.parametrize("packing", ALL, ids=named)
def test_whole_groups_move_without_decoding(packing, heads_are):
    width = packing.group_size * heads_are
    shape = (ROWS, 6 * width)
    parts = pack(normal(*shape), packing)
    moved, left = moved_packed(packed(dtype_of(packing), shape, packing), tiled(width), parts)
    assert left is None
    assert [part.size for part in moved] == [part.size for part in parts]
    expected = unpack(parts, shape, packing)[:, order(width)]
    assert not np.array_equal(expected, unpack(parts, shape, packing))
    assert np.array_equal(unpack(moved, shape, packing).view(np.uint32), expected.view(np.uint32))


@pytest.mark.parametrize("packing", ALL, ids=named)
def test_columns_that_split_a_group_wait_for_the_values(packing):
    width = packing.group_size // 2
    shape = (ROWS, 6 * width)
    tensor, parts = packed(dtype_of(packing), shape, packing), pack(normal(*shape), packing)
    assert moved_packed(tensor, tiled(width), parts) == (parts, tiled(width))
    raw, dtype = compute(transformed, tensor, tiled(width), parts)
    whole, _ = compute(transformed, tensor, None, parts)
    assert dtype == "F32"
    expected = whole.view(np.float32).reshape(shape)[:, order(width)]
    assert np.array_equal(raw.view(np.uint32), expected.reshape(-1).view(np.uint32))


@pytest.mark.parametrize(
    ("pick", "groups"),
    [
        (Pick((128,)), [0, 1]),
        (Pick((2, 64), (0, 1)), [0, 1]),
        (Pick((64,), offset=64), [1]),
        (Pick((128,), part=((64, 128),)), [1]),
        (Pick((128,), part=((32, 96),)), None),  # from the middle of one group to the middle of the next
        (Pick((64,), offset=32), None),
        (Pick((100,)), None),  # no whole number of groups
        (Pick((2, 64), (1, 0)), None),  # one by one
    ],
)
def test_groups_are_moved_only_whole_and_in_order(pick, groups):
    found = group_numbers(Columns((pick,)), Quantization(4, 64))
    assert groups is None if found is None else found.tolist() == groups


def test_what_is_not_packed_or_moves_otherwise_is_left_alone():
    parts = (np.zeros(64, np.uint8),)
    assert moved_packed(plain("BF16", 32), tiled(4), parts) == (parts, tiled(4))
    packing = Quantization(4, 64)
    assert moved_packed(packed("BF16", (2, 64), packing), Transpose(2), parts) == (parts, Transpose(2))
    assert moved_packed(packed("BF16", (2, 64), packing), None, parts) == (parts, None)


@pytest.mark.parametrize("codec", ["q4_k", "q6_k", "q8_0", "iq4_xs"])
def test_whole_blocks_of_gguf_move(codec):
    kind = GGMLQuantizationType[codec.upper()]
    packing = kquant(codec)
    block = packing.group_size
    values = normal(ROWS, 6 * block)
    blocks = blocks_of(values, codec).reshape(-1)
    tensor = replace(packed("U8", values.shape, packing), scales=None)
    (moved,), left = moved_packed(tensor, tiled(block), (blocks,))
    assert left is None
    expected = dequantize(blocks.reshape(ROWS, -1), kind)[:, order(block)]
    assert np.array_equal(dequantize(moved.reshape(ROWS, -1), kind), expected)
    half = tiled(block // 2)
    narrow = replace(packed("U8", (2 * ROWS, 3 * block), packing), scales=None)
    assert moved_packed(narrow, half, (blocks,)) == ((blocks,), half)
    raw, _ = compute(transformed, narrow, half, (blocks,))
    halves = dequantize(blocks.reshape(ROWS, -1), kind).reshape(2 * ROWS, -1)[:, order(block // 2)]
    assert np.array_equal(raw.view(np.float32), halves.reshape(-1))
