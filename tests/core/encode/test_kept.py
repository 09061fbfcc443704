"""What is kept of an adapter's change, by our library and by NumPy, against sums in float64."""

from contextlib import nullcontext

import numpy as np
import pytest

from app.core.encode.encoder import NO_ERROR, encode
from app.core.encode.kept import Kept
from app.core.encode.kernels import Measuring
from app.core.encode.passes import decoded
from app.core.encode.weighted import Weights, encode_weighted
from app.core.ggml_types import T
from tests.core.encode.both_encoders import need_kernels
from tests.core.without_kernels import without_kernels

COUNT = 3 * (1 << 16) + 1024 + 32  # pieces, the last of which is none of whole blocks of sums
each_road = pytest.mark.parametrize("road", [nullcontext, without_kernels], ids=["library", "numpy"])


@pytest.fixture(autouse=True)
def _kernels():
    need_kernels()


def before_and_wanted(count):
    random = np.random.default_rng(0)
    before = random.normal(0, 0.02, count).astype(np.float32)
    return before, before + random.normal(0, 1e-4, count).astype(np.float32)


def check(encoded, kind, before, wanted):
    """The figures of `encoded` are those of its bytes."""
    change, rest = (wanted - before).astype(np.float64), decoded(encoded.data, kind).astype(np.float64) - wanted
    squares, products, noise = change @ change, change @ (rest + change), rest @ rest
    assert np.isclose(encoded.error.squares, wanted.astype(np.float64) @ wanted, rtol=1e-5)
    assert encoded.error.squared_changes == encoded.kept.noise
    assert np.isclose(encoded.kept.noise, noise, rtol=1e-5)
    assert np.isclose(encoded.kept.squares, squares, rtol=1e-5)
    assert np.isclose(encoded.kept.products, products, rtol=1e-4)


@each_road
@pytest.mark.parametrize("count", [COUNT, COUNT + 5, 3])
@pytest.mark.parametrize("kind", [T.BF16, T.F16, T.F32, T.Q8_0, T.NVFP4], ids=lambda kind: kind.name)
def test_sums(kind, count, road):
    if kind in (T.Q8_0, T.NVFP4):
        count = max(64, count // 64 * 64)
    before, wanted = before_and_wanted(count)
    with road():
        encoded = encode(wanted.view(np.uint8), "F32", kind, np.empty(4 * count, np.uint8), measuring=Measuring(before))
    check(encoded, kind, before, wanted)


@each_road
def test_sums_of_several_matrices_by_importance(road):
    before, wanted = before_and_wanted(15 * 512)
    weights = Weights(np.random.default_rng(1).random((3, 512), np.float32), 5, 0)
    with road():
        encoded = encode_weighted(
            wanted.view(np.uint8), "F32", T.Q4_K, np.empty(wanted.nbytes, np.uint8), weights, Measuring(before)
        )
    check(encoded, T.Q4_K, before, wanted)


@each_road
def test_what_is_no_number_or_too_large_counts_for_nothing(road):
    before, wanted = before_and_wanted(64)
    for value in (np.nan, 1e38):
        wanted[3] = value
        with road():
            encoded = encode(wanted.view(np.uint8), "F32", T.F16, np.empty(256, np.uint8), measuring=Measuring(before))
        assert encoded.error == NO_ERROR
        assert encoded.kept == Kept(0, 0, 0)
