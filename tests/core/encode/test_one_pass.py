"""Our library in one pass against NumPy and ggml in several: bytes, what is counted, and what blocks are decoded to."""

import numpy as np
import pytest
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from hypothesis import given
from hypothesis import strategies as st

from app.core.encode.kernels import Measuring, encode_in_one_pass
from app.core.encode.passes import encode_in_passes
from app.core.floats import widened
from app.core.ggml_library import dequantize_blocks
from app.core.ggml_types import T
from tests.core.encode.both_encoders import FUNCTIONS, KINDS, as_on_intel, function_of, need_kernels
from tests.core.encode.values_of_all_kinds import values_of_all_kinds

CASTS = (GGMLQuantizationType.F32, GGMLQuantizationType.F16, GGMLQuantizationType.BF16)
PATTERNS = np.arange(1 << 16, dtype=np.uint16)
EXPONENT = {"BF16": 0x7F80, "F16": 0x7C00}
each_function = pytest.mark.parametrize("function", FUNCTIONS)


@pytest.fixture(autouse=True)
def _kernels():
    need_kernels()


def both(raw, dtype, kind, importance=None):
    """What was found and the bytes, in one pass and in several, which measure both."""
    outs = [np.zeros(raw.size * 4, np.uint8) for _ in range(2)]
    with np.errstate(all="ignore"):
        one = encode_in_one_pass(raw, dtype, kind, outs[0], importance, measuring=Measuring())
        several = encode_in_passes(raw, dtype, kind, outs[1], importance, measuring=Measuring())
    assert one is not None
    assert one.written == several.written
    return (one, outs[0][: one.written]), (several, outs[1][: one.written])


def finite(dtype):
    """Every pattern of 16 bits that is a number, as whole blocks."""
    numbers = PATTERNS[(PATTERNS & EXPONENT[dtype]) != EXPONENT[dtype]]
    return np.resize(numbers, -(-numbers.size // 256) * 256).view(np.uint8)


@as_on_intel
@pytest.mark.parametrize("kind", [*CASTS, *KINDS], ids=lambda kind: kind.name)
@pytest.mark.parametrize("dtype", ["BF16", "F16"])
def test_every_number_of_16_bits(dtype, kind):
    (one, made), (several, wanted) = both(finite(dtype), dtype, kind)
    assert np.array_equal(made, wanted)
    assert one.counts.tolist() == several.counts.tolist()


def floats_around_halves():
    """float32 beside each float16, halfway to the next, beside that, and every bfloat16."""
    halves = PATTERNS.view(np.float16).astype(np.float32).view(np.uint32)
    steps = (0, 1, 0xFFF, 0x1000, 0x1001)
    return np.concatenate([*(halves + np.uint32(step) for step in steps), PATTERNS.astype(np.uint32) << 16])


@each_function
@pytest.mark.parametrize("kind", CASTS[1:], ids=lambda kind: kind.name)
def test_casts_of_float32_and_their_counts(kind, function):
    bits = np.random.default_rng(0).permutation(floats_around_halves())
    values, made, counts = bits.view(np.float32), np.empty(bits.size, np.uint16), np.zeros(2, np.int64)
    given = int(kind), bits.ctypes.data, int(T.F32), made.ctypes.data, bits.size, 1, None, None, 0, counts.ctypes.data
    assert function_of(function)(*given, None) == made.nbytes
    number = ~np.isnan(values)
    with np.errstate(over="ignore"):
        if kind is T.F16:
            cast = values.astype(np.float16)
            wide = cast.astype(np.float32)
            assert np.isnan(made[~number].view(np.float16)).all()
        else:
            rounded = (bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))) >> np.uint32(16)
            cast = rounded.astype(np.uint16)
            wide = widened(cast.view(np.uint8), "BF16")
    assert np.array_equal(made[number], cast.view(np.uint16)[number])
    too_large = np.isinf(wide) & np.isfinite(values)
    assert counts.tolist() == [np.count_nonzero(~np.isfinite(values)), np.count_nonzero(too_large)]


@each_function
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_blocks_of_any_bytes_are_decoded_as_by_ggml(kind, function):
    block, block_bytes = GGML_QUANT_SIZES[kind]
    count = 3 * 4096 // block + 7
    blocks = np.random.default_rng(1).integers(0, 256, count * block_bytes, np.uint8)
    values, counts = np.empty(count * block, np.float32), np.zeros(2, np.int64)
    given = int(T.F32), blocks.ctypes.data, int(kind), values.ctypes.data, values.size, 1, None, None, 0
    assert function_of(function)(*given, counts.ctypes.data, None) == values.nbytes
    wanted = dequantize_blocks(blocks, kind)
    assert np.array_equal(np.isnan(values), np.isnan(wanted))
    number = ~np.isnan(wanted)
    assert number.any()
    assert np.array_equal(values.view(np.uint32)[number], wanted.view(np.uint32)[number])
    assert counts[0] == np.count_nonzero(~np.isfinite(wanted))


@as_on_intel
@pytest.mark.parametrize(
    ("kind", "weighted"),
    [*((kind, False) for kind in (*CASTS[1:], *KINDS)), *((kind, True) for kind in KINDS)],
    ids=lambda one: getattr(one, "name", one),
)
def test_scales_and_values_that_are_too_large_are_counted_as_in_several_passes(kind, weighted):
    importance = np.random.default_rng(2).random(512, np.float32) if weighted else None
    for name, values in values_of_all_kinds(1 << 13, seed=3):
        (one, made), (several, wanted) = both(values.view(np.uint8), "F32", kind, importance)
        assert np.array_equal(made, wanted), name
        assert one.counts.tolist() == several.counts.tolist(), name


@as_on_intel
@pytest.mark.parametrize("kind", [*CASTS[1:], *KINDS], ids=lambda kind: kind.name)
def test_the_error_is_that_of_several_passes(kind):
    values = np.random.default_rng(4).normal(0, 0.02, (1 << 14) + 256).astype(np.float32)
    (one, _), (several, _) = both(values.view(np.uint8), "F32", kind)
    assert np.allclose(one.sums, several.sums, rtol=1e-5)
    assert one.sums[3] > 0


@pytest.mark.parametrize("count", [1, 7, 8, 1023, 4096, 4097, 10_001])
def test_sums_of_any_number_of_values_are_the_same_on_all_processors(count):
    values = np.random.default_rng(5).normal(0, 0.02, count).astype(np.float32)
    before = values + np.float32(0.001)
    found = []
    for function in FUNCTIONS:
        out, counts, sums = np.empty(count, np.uint16), np.zeros(2, np.int64), np.zeros(4)
        given = int(T.BF16), values.ctypes.data, int(T.F32), out.ctypes.data, count, 1, None
        function_of(function)(*given, before.ctypes.data, int(T.F32), counts.ctypes.data, sums.ctypes.data)
        found.append(sums.tolist())
    assert found[0] == found[1]
    wide = values.astype(np.float64)
    assert np.isclose(found[0][0], wide @ wide, rtol=1e-6)
    assert np.isclose(found[0][1], count * 1e-6, rtol=1e-3)


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=40), st.integers(1, 9000), st.sampled_from(CASTS))
def test_few_numbers_repeated(bits, count, kind):
    raw = np.resize(np.array(bits, np.uint16), count).view(np.uint8)
    (one, made), (several, wanted) = both(raw, "F16", kind if kind is not T.F16 else T.BF16)
    if several.counts[0]:
        assert one.counts[0] == several.counts[0]
    else:
        assert one.counts.tolist() == several.counts.tolist()
        assert np.array_equal(made, wanted)
