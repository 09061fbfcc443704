"""What an adapter adds, encoded in the same pass, gives the bytes of one step after the other."""

import numpy as np
import pytest

from app.core.encode.encoder import encode, encode_changed
from app.core.encode.kernels import Measuring
from app.core.floats import widened
from app.core.ggml_types import T
from app.core.kernel_library import LowRankFactors
from app.core.weights.exact_product import TOGETHER, on_grid
from app.core.weights.low_rank_kernel import add_low_rank
from tests.core.encode.both_encoders import KINDS, need_kernels
from tests.core.without_kernels import without_kernels

SHAPES = ((139, 512), (5, 40_960))  # more rows than are done together, and more values than a piece has


@pytest.fixture(autouse=True)
def _kernels():
    need_kernels()


def stored_values(dtype, shape):
    values = np.random.default_rng(1).normal(0, 0.02, shape).astype(np.float32)
    if dtype == "BF16":
        return (values.view(np.uint32) >> np.uint32(16)).astype(np.uint16).reshape(-1).view(np.uint8)
    return values.astype(np.float16 if dtype == "F16" else np.float32).reshape(-1).view(np.uint8)


def factors(rank, shape):
    random = np.random.default_rng(rank)
    left, right = random.normal(0, 0.02, (shape[0], rank)), random.normal(0, 0.02, (rank, shape[1]))
    starts = range(0, rank, TOGETHER)
    return LowRankFactors(
        [on_grid(left[:, start : start + TOGETHER].astype(np.float32), 1) for start in starts],
        [on_grid(right[start : start + TOGETHER].astype(np.float32), 0) for start in starts],
        2.0,
    )


def step_by_step(raw, dtype, kind, change, shape):
    before = widened(raw, dtype)
    wanted = np.empty(shape, np.float32)
    assert add_low_rank(before.reshape(shape), change, wanted)
    out = np.empty(4 * before.size, np.uint8)
    return encode(wanted.reshape(-1).view(np.uint8), "F32", kind, out, measuring=Measuring(before))


@pytest.mark.parametrize("shape", SHAPES, ids=["high", "wide"])
@pytest.mark.parametrize("dtype", ["BF16", "F16", "F32"])
@pytest.mark.parametrize("kind", [T.F32, T.F16, T.BF16, *KINDS], ids=lambda kind: kind.name)
def test_the_same_bytes_and_measures(kind, dtype, shape):
    raw, change = stored_values(dtype, shape), factors(TOGETHER + 8, shape)
    found = encode_changed(raw, dtype, kind, np.empty(2 * raw.size, np.uint8), change)
    wanted = step_by_step(raw, dtype, kind, change, shape)
    assert found is not None
    assert np.array_equal(found.data, wanted.data)
    assert found.error
    assert found.kept
    assert np.isclose(found.error.relative, wanted.error.relative, rtol=1e-5)
    assert np.isclose(found.kept.squares, wanted.kept.squares, rtol=1e-6)
    assert np.isclose(found.kept.products, wanted.kept.products, rtol=1e-6)
    assert np.isclose(found.kept.noise, wanted.kept.noise, rtol=1e-6, atol=1e-12)
    assert found.kept.squares > 1


@pytest.mark.parametrize(("value", "counts"), [(np.nan, (1, 0)), (1e6, (0, 1))])
def test_what_no_file_may_hold_is_counted(value, counts):
    values = np.zeros(SHAPES[0], np.float32)
    values[100, 7] = value
    raw = values.reshape(-1).view(np.uint8)
    found = encode_changed(raw, "F32", T.F16, np.empty(raw.size, np.uint8), factors(4, SHAPES[0]))
    assert found
    assert (found.non_finite, found.overflows) == counts


def test_types_without_a_kernel_take_several_steps():
    raw, change = stored_values("BF16", SHAPES[0]), factors(4, SHAPES[0])
    out = np.empty(2 * raw.size, np.uint8)
    assert encode_changed(raw, "BF16", T.NVFP4, out, change) is None
    assert encode_changed(raw, "BF16", T.Q8_0, out, change) is not None
    with without_kernels():
        assert encode_changed(raw, "BF16", T.Q8_0, out, change) is None
