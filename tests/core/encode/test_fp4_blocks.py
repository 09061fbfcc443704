"""MXFP4 and NVFP4 blocks against gguf's decoder, MLX's decoder and the definition of the format."""

import mlx.core as mx
import numpy as np
import pytest
from gguf import GGMLQuantizationType
from gguf.quants import dequantize
from hypothesis import given
from hypothesis import strategies as st

from app.core.checkpoint.quantization import Quantization
from app.core.encode.fp4_blocks import mxfp4_blocks, nvfp4_blocks
from app.core.ggml_library import dequantize_blocks
from app.core.weights.fp_values import fp_values
from app.core.weights.mlx_thread import compute
from tests.core.weights.one_tensor import normal, pack, unpack

PACKING = Quantization(4, 32, "mxfp4")
KIND = GGMLQuantizationType.MXFP4
# OCP Microscaling Formats (MX) v1.0, E2M1: sign, two bits of exponent, one of mantissa
E2M1 = [sign * value for sign in (1, -1) for value in (0, 0.5, 1, 1.5, 2, 3, 4, 6)]


def blocks_of(codes, exponents):
    encoded = mxfp4_blocks(codes, exponents)
    assert encoded.overflows == 0
    return encoded


def from_codes(codes):
    """One code for each value → MLX's bytes."""
    return (codes[0::2] | codes[1::2] << 4).astype(np.uint8)


def test_decodes_to_what_mlx_packed():
    shape = (64, 256)
    parts = pack(normal(*shape) * 2.0 ** np.arange(-32, 32, dtype=np.float32)[:, None], PACKING)
    blocks = blocks_of(*parts)
    assert blocks.non_finite == 0
    assert blocks.data.size == 64 * 256 // 32 * 17
    values = dequantize(blocks.data.reshape(64, -1), KIND)
    expected = unpack(parts, shape, PACKING)
    assert np.array_equal(values, expected)
    assert len(np.unique(expected)) > 50
    assert np.array_equal(fp_values("mxfp4", *parts).reshape(shape), expected)


def test_every_code_at_every_exponent_that_float32_can_hold():
    exponents = np.arange(255, dtype=np.uint8)
    codes = np.tile(np.arange(16, dtype=np.uint8), 2 * 255)
    expected = np.array(E2M1 * 2)[None, :] * 2.0 ** (exponents.astype(np.float64) - 127)[:, None]
    fits = np.abs(expected).max(axis=1) <= float(np.finfo(np.float32).max)
    assert fits.sum() == 253  # at 2^126 and 2^127 the largest codes are too large
    values = fp_values("mxfp4", from_codes(codes), exponents).reshape(255, 32)
    assert np.array_equal(values[fits], expected[fits].astype(np.float32))
    blocks = blocks_of(from_codes(codes), exponents).data.reshape(255, 17)
    assert np.array_equal(dequantize(blocks[fits], KIND), expected[fits].astype(np.float32))


@given(st.lists(st.integers(0, 15), min_size=32, max_size=32), st.integers(0, 254))
def test_any_block_keeps_its_codes_in_the_order_of_ggml(codes, exponent):
    raw = from_codes(np.array(codes, np.uint8))
    block = blocks_of(raw, np.array([exponent], np.uint8)).data
    assert block[0] == exponent
    assert [*(block[1:] & 15), *(block[1:] >> 4)] == codes


def test_not_a_number_is_counted():
    exponents = np.array([0xFF, 127, 0xFF], np.uint8)
    codes = np.zeros(48, np.uint8)
    assert blocks_of(codes, exponents).non_finite == 64
    assert np.isnan(fp_values("mxfp4", codes, exponents)).sum() == 64


@pytest.mark.parametrize("exponent", [0, 1, 127, 250])
def test_mlx_itself_agrees_on_small_and_large_exponents(exponent):
    codes, exponents = from_codes(np.tile(np.arange(16, dtype=np.uint8), 2)), np.array([exponent], np.uint8)
    theirs = compute(_by_mlx, codes, exponents)
    assert np.array_equal(fp_values("mxfp4", codes, exponents), theirs)


def _by_mlx(codes, exponents):
    words = mx.array(codes.view(np.uint32)).reshape(1, -1)
    return np.array(mx.dequantize(words, mx.array(exponents)[None], mode="mxfp4").astype(mx.float32)).reshape(-1)


def test_nvfp4_decodes_to_what_mlx_packed():
    shape, packing = (64, 256), Quantization(4, 16, "nvfp4")
    parts = pack(normal(*shape) * 2.0 ** np.arange(-4, 12, dtype=np.float32).repeat(4)[:, None], packing)
    blocks = nvfp4_blocks(*parts)
    assert (blocks.non_finite, blocks.overflows, blocks.data.size) == (0, 0, 64 * 256 // 64 * 36)
    values = dequantize(blocks.data.reshape(64, -1), GGMLQuantizationType.NVFP4)
    assert np.array_equal(values, fp_values("nvfp4", *parts).reshape(shape))
    assert np.array_equal(dequantize_blocks(blocks.data, GGMLQuantizationType.NVFP4), values.reshape(-1))
    assert len(np.unique(values)) > 100


def test_every_code_at_every_scale_of_nvfp4_signs_included():
    codes, scales = np.tile(np.arange(16, dtype=np.uint8), 256), np.arange(256, dtype=np.uint8)
    parts = from_codes(codes), scales
    blocks = nvfp4_blocks(*parts)
    values = dequantize(blocks.data.reshape(64, -1), GGMLQuantizationType.NVFP4).reshape(256, 16)
    expected = fp_values("nvfp4", *parts).reshape(256, 16)
    is_number = ~np.isnan(expected).any(axis=1)
    assert np.array_equal(values[is_number], expected[is_number])  # +0 equals -0
    assert np.count_nonzero(~is_number) == 2
    assert blocks.non_finite == 32


@given(st.lists(st.integers(0, 15), min_size=64, max_size=64), st.lists(st.integers(0, 126), min_size=4, max_size=4))
def test_any_nvfp4_block_keeps_its_codes_in_the_order_of_ggml(codes, scales):
    block = nvfp4_blocks(from_codes(np.array(codes, np.uint8)), np.array(scales, np.uint8)).data
    assert [*block[:4]] == scales
    groups = block[4:].reshape(4, 8)
    assert [code for group in groups for code in (*(group & 15), *(group >> 4))] == codes
