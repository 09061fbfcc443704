"""Encoders against gguf's own, which is llama.cpp's Python half."""

import numpy as np
import pytest
from gguf import GGMLQuantizationType
from gguf.quants import dequantize, quantize

from app.core import ggml_library
from app.core.encode.encoder import encode
from app.core.encode.kernels import Measuring
from app.core.encode.non_finite import PIECE, count_non_finite
from app.core.encode.passes import SCALES_AT, decoded
from app.core.errors import ConversionError
from app.core.floats import widened
from app.core.ggml_types import NEEDED, types_by_importance

TYPES = [GGMLQuantizationType[name] for name in ("F32", "F16", "BF16", "Q8_0")]


def awkward(dtype: str) -> np.ndarray:
    """Every finite 16-bit pattern; or float32 with ties, subnormals, -0, the largest, zeros and tiny numbers."""
    if dtype != "F32":
        bits = np.arange(65536, dtype=np.uint16)
        infinity = 0x7F80 if dtype == "BF16" else 0x7C00
        finite = bits[(bits & 0x7FFF) < infinity]
        return np.resize(finite, -(-finite.size // 32) * 32).view(np.uint8)
    generator = np.random.default_rng(0)
    usual = generator.normal(0, 0.02, 2 * PIECE).astype(np.float32)
    ties = np.repeat(np.arange(-127, 129, dtype=np.float32) + np.float32(0.5), 2) / np.float32(127)
    special = np.array([0, -0.0, 1e-45, -1e-40, 1.1754942e-38, 6.1e-5, 2**-24, 2**-25, 65504, 1e-10], np.float32)
    rows = (usual, ties, np.resize(special, 320), np.zeros(32, np.float32), usual[:64] * np.float32(1e-30))
    return np.concatenate(rows).view(np.uint8)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32"])
def test_same_bytes_as_gguf(dtype, kind):
    raw = awkward(dtype)
    values = widened(raw, dtype)
    if kind is GGMLQuantizationType.F16:
        raw = raw.reshape(values.size, -1)[np.abs(values) < 65520].reshape(-1)
        values = widened(raw, dtype)
    if kind is GGMLQuantizationType.Q8_0:
        # Scales are float16; and where a block's 1 / scale overflows, C does not define what becomes of its codes.
        fits = (np.abs(values) < 60000) & ((np.abs(values) > 1e-36) | (values == 0))
        raw = raw.reshape(values.size, -1)[fits].reshape(-1)
        raw = raw[: raw.size // 128 * 128]
        values = widened(raw, dtype)
    out = np.empty(values.size * 4, np.uint8)
    with np.errstate(over="ignore"):  # bfloat16 reaches further than float16
        expected = quantize(values.reshape(1, -1), kind).view(np.uint8).reshape(-1)
    encoded = encode(raw, dtype, kind, out)
    assert np.array_equal(encoded.data, expected)
    assert encoded.non_finite == 0


def test_nothing_is_copied_where_nothing_changes():
    raw = awkward("BF16")
    assert encode(raw, "BF16", GGMLQuantizationType.BF16, np.empty(0, np.uint8)).data is raw


@pytest.mark.parametrize(("dtype", "value"), [("BF16", 0x7F80), ("F16", 0xFC00), ("F32", 0x7FC00001), ("BF16", 0xFFFF)])
def test_non_finite_values_are_counted_across_pieces(dtype, value):
    integer = np.uint32 if dtype == "F32" else np.uint16
    bits = np.zeros(2 * PIECE + 5, integer)
    bits[[0, PIECE, 2 * PIECE + 4]] = value
    assert count_non_finite(bits.view(np.uint8), dtype) == 3
    assert count_non_finite(awkward(dtype), dtype) == 0


@pytest.mark.parametrize(
    ("kind", "value", "count"),
    [
        ("F16", 65504.0, 0),
        ("F16", 65520.0, 1),
        ("Q8_0", 8e6, 0),
        ("Q8_0", 1e7, 32),
        ("BF16", 3.4e38, 1),
        ("F32", 3e38, 0),
    ],
)
def test_values_too_large_for_the_type_are_counted(kind, value, count):
    values = np.zeros(64, np.float32)
    values[5] = value
    kind = GGMLQuantizationType[kind]
    assert encode(values.view(np.uint8), "F32", kind, np.empty(256, np.uint8)).overflows == count


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_nan_is_counted_whatever_the_type(kind):
    values = np.ones(PIECE + 64, np.float32)
    values[[3, PIECE + 1]] = (np.nan, -np.inf)
    assert encode(values.view(np.uint8), "F32", kind, np.empty(values.size * 4, np.uint8)).non_finite == 2


def test_bfloat16_too_large_for_float16_and_nan_are_told_apart():
    values = np.ones(256, np.float32)
    values[:4] = (65536, -1e38, np.nan, np.inf)
    raw = (values.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)
    encoded = encode(raw, "BF16", GGMLQuantizationType.F16, np.empty(512, np.uint8))
    assert (encoded.non_finite, encoded.overflows) == (2, 2)


def test_missing_ggml_is_named_with_the_version_to_install(monkeypatch):
    monkeypatch.setattr(ggml_library, "MODULE", "no_such_module")
    ggml_library._library.cache_clear()
    try:
        with pytest.raises(ConversionError, match="encoder is missing") as caught:
            encode(np.zeros(256, np.uint8), "F32", GGMLQuantizationType.NVFP4, np.empty(64, np.uint8))
    finally:
        ggml_library._library.cache_clear()
    assert ggml_library.NEEDED in caught.value.hint


BLOCKS = [
    *(kind for kind in SCALES_AT if kind not in types_by_importance(NEEDED)),
    GGMLQuantizationType.MXFP4,
    GGMLQuantizationType.NVFP4,
]


def normal(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.02, count).astype(np.float32)


@pytest.mark.parametrize("without_ggml", [False, True])
@pytest.mark.parametrize("kind", BLOCKS, ids=lambda kind: kind.name)
def test_blocks_hold_the_values_that_gguf_decodes(kind, without_ggml, monkeypatch):
    values = normal(4096)
    blocks = encode(values.view(np.uint8), "F32", kind, np.empty(4096 * 4, np.uint8)).data
    if without_ggml:
        monkeypatch.setattr(ggml_library, "_decoder", lambda _: None)
    found = decoded(blocks, kind)
    assert np.array_equal(found, dequantize(blocks, kind).reshape(-1))
    assert 0 < np.abs(found - values).max() < 0.02


@pytest.mark.parametrize("kind", [*BLOCKS, GGMLQuantizationType.F16, GGMLQuantizationType.BF16], ids=lambda k: k.name)
def test_the_error_is_measured_over_all_pieces(kind):
    values = normal(2 * PIECE + 256)
    encoded = encode(values.view(np.uint8), "F32", kind, np.empty(values.size * 4, np.uint8), measuring=Measuring())
    change = decoded(encoded.data, kind).astype(np.float64) - values
    expected = np.sqrt(np.mean(change**2) / np.mean(values.astype(np.float64) ** 2))
    assert encoded.error is not None
    assert encoded.error.relative == pytest.approx(expected, rel=1e-4)
    assert expected > 0


def test_the_error_of_zeros_and_of_what_keeps_its_bytes_is_zero():
    zeros = np.zeros(256 * 4, np.uint8)
    for dtype, kind in (("F32", GGMLQuantizationType.Q4_K), ("F32", GGMLQuantizationType.F32)):
        error = encode(zeros, dtype, kind, np.empty(1024, np.uint8), measuring=Measuring()).error
        assert error is not None
        assert error.relative == 0
    assert encode(zeros, "F32", GGMLQuantizationType.Q4_K, np.empty(1024, np.uint8)).error is None


def test_importance_of_columns_changes_the_blocks():
    values, importance = normal(512 * 4), np.linspace(0.01, 5, 512, dtype=np.float32)
    plain, weighted = (
        encode(values.view(np.uint8), "F32", GGMLQuantizationType.Q4_K, np.empty(8192, np.uint8), weights).data.copy()
        for weights in (None, importance)
    )
    squares = [((decoded(one, GGMLQuantizationType.Q4_K) - values) ** 2).reshape(4, 512) for one in (plain, weighted)]
    assert (squares[1] * importance).sum() < (squares[0] * importance).sum()
