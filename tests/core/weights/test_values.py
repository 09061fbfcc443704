"""Decoding and ops against NumPy and against MLX's own dequantization, with the numbers that devices disagree on."""

import mlx.core as mx
import numpy as np
import pytest

from app.core.architectures.ops import AddConstant
from app.core.checkpoint import ModelTensor, StoredTensor, WeightFile
from app.core.checkpoint.quantization import Quantization
from app.core.floats import widened
from app.core.weights.mlx_thread import compute
from app.core.weights.values import changed, decode, transformed

FILE = WeightFile(None, 0, 0, 0)  # type: ignore[arg-type]


def plain(dtype: str, count: int) -> ModelTensor:
    return ModelTensor("t", (count,), dtype, StoredTensor("t", dtype, (count,), FILE, 0, 0))


def packed(dtype: str, shape: tuple[int, ...], packing: Quantization) -> ModelTensor:
    part = StoredTensor("t", dtype, shape, FILE, 0, 0)
    return ModelTensor("t", shape, dtype, part, part, part, packing)


@pytest.mark.parametrize("dtype", ["BF16", "F16"])
def test_every_finite_16_bit_pattern_keeps_its_value(dtype):
    bits = np.arange(65536, dtype=np.uint16)
    bits = bits[(bits & 0x7FFF) < (0x7F80 if dtype == "BF16" else 0x7C00)]
    raw = bits.view(np.uint8)
    kept, kept_dtype = compute(transformed, plain(dtype, bits.size), None, (raw,))
    assert (kept.tobytes(), kept_dtype) == (raw.tobytes(), dtype)
    decoded, _ = compute(_decoded, plain(dtype, bits.size), (raw,))
    expected = (bits.astype(np.uint32) << 16).view(np.float32)
    if dtype == "F16":
        expected = bits.view(np.float16).astype(np.float32)
    assert np.array_equal(decoded.view(np.uint32), expected.view(np.uint32))


@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32"])
def test_plus_one_rounds_once_and_in_float16_for_a_float16_tensor(dtype):
    values = np.array([0, -0.0, -1, 0.1, 1e-3, 1e-8, 2**-11, 2**-12, 0.33325195, -0.99951, 100.06, 1e-40], np.float32)
    raw: dict[str, np.ndarray] = {
        "F32": values,
        "F16": values.astype(np.float16),
        "BF16": (values.view(np.uint32) >> 16).astype(np.uint16),
    }
    exact: np.ndarray = {
        "F32": values,
        "F16": raw["F16"],
        "BF16": (raw["BF16"].astype(np.uint32) << 16).view(np.float32),
    }[dtype]
    expected = exact + np.ones(1, exact.dtype)  # NumPy adds float16 in float16, as torch does
    wide = widened(raw[dtype].view(np.uint8), dtype)
    result = changed(wide, (AddConstant(1.0),), 0, values.size, rounds_to_half=dtype == "F16")
    assert np.array_equal(result, expected.astype(np.float32))


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 6, 8])
@pytest.mark.parametrize("group_size", [32, 64, 128])
@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32"])
def test_packed_values_are_scale_times_code_plus_bias_rounded_once(bits, group_size, dtype):
    kind = {"BF16": mx.bfloat16, "F16": mx.float16, "F32": mx.float32}[dtype]
    parts = compute(_quantized, bits, group_size, kind)
    words, scales, biases, codes, wide_scales, wide_biases = parts
    tensor = packed(dtype, (8, 256), Quantization(bits, group_size))
    raw, result_dtype = compute(transformed, tensor, None, (words, scales, biases))
    assert result_dtype == "F32"
    result = raw.view(np.float32)
    product = codes.astype(np.float64).reshape(-1, group_size) * wide_scales.astype(np.float64)[:, None]
    if dtype == "F32":
        product = product.astype(np.float32).astype(np.float64)
    expected = (product + wide_biases.astype(np.float64)[:, None]).astype(np.float32).reshape(-1)
    assert np.array_equal(result, expected)


def _decoded(tensor: ModelTensor, parts: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray | None]:
    values, steps = decode(tensor, parts)
    return np.array(values), None if steps is None else np.array(steps)


def _quantized(bits: int, group_size: int, kind: mx.Dtype) -> tuple[np.ndarray, ...]:
    """What MLX packs: raw bytes of words, scales and biases; codes; scales and biases in float32."""
    mx.random.seed(bits * group_size)
    words, scales, biases = mx.quantize((mx.random.normal((8, 256)) * 0.05).astype(kind), group_size, bits)
    codes = mx.dequantize(words, mx.ones_like(scales), mx.zeros_like(biases), group_size, bits).astype(mx.float32)
    wide = (np.array(x.astype(mx.float32)).reshape(-1) for x in (scales, biases))
    raw = (np.array(x.view(mx.uint8)).reshape(-1) for x in (words, scales, biases))
    return (*raw, np.array(codes).reshape(-1), *wide)
