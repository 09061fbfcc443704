"""float16 and bfloat16 by moving bits, against NumPy's cast and gguf's."""

import numpy as np
import pytest
from gguf import GGMLQuantizationType
from gguf.quants import quantize

from app.core.floats import not_plain, to_bfloat16, to_float16, widened


def awkward() -> np.ndarray:
    """Every bfloat16 pattern, float32 around each float16 number, and usual values."""
    wide = (np.arange(1 << 16, dtype=np.uint32) << 16).view(np.float32)
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)
    beside = [(halves.view(np.uint32) + np.uint32(step)).view(np.float32) for step in (0, 1, 0xFFF, 0x1000, 0x1001)]
    usual = np.random.default_rng(0).normal(0, 0.02, 1 << 16).astype(np.float32)
    return np.concatenate([wide, *beside, usual])


def raw(dtype: str) -> np.ndarray:
    """The same, or every pattern of 16 bits."""
    return awkward().view(np.uint8) if dtype == "F32" else np.arange(1 << 16, dtype=np.uint16).view(np.uint8)


@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32"])
def test_same_bits_as_a_cast(dtype):
    with np.errstate(over="ignore", invalid="ignore"):
        cast = widened(raw(dtype), dtype).astype(np.float16)
    made = to_float16(raw(dtype), dtype).view(np.float16)
    assert np.array_equal(np.isnan(made), np.isnan(cast))
    assert np.array_equal(made.view(np.uint16)[~np.isnan(cast)], cast.view(np.uint16)[~np.isnan(cast)])


@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32"])
def test_what_is_plain_is_exact_and_nearly_everything_exact_is_plain(dtype):
    values = widened(raw(dtype), dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        exact = (values.astype(np.float16).astype(np.float32) == values) & np.isfinite(values)
    plain = np.ones(values.size, bool)
    plain[not_plain(raw(dtype), dtype)] = False
    assert np.array_equal(plain, exact & (np.abs(values) >= 2.0**-14))


def test_same_bfloat16_as_gguf():
    values = awkward()
    values = values[~np.isnan(values)]
    made = np.empty(values.size, np.uint16)
    to_bfloat16(values, made)
    assert np.array_equal(made, quantize(values, GGMLQuantizationType.BF16).view(np.uint16).reshape(-1))
