"""What adapters add has the same bits by our library and by NumPy."""

from dataclasses import replace

import numpy as np
import pytest

from app.core.kernel_library import LowRankFactors
from app.core.weights.exact_product import on_grid
from app.core.weights.low_rank_kernel import add_low_rank
from tests.core.encode.both_encoders import need_kernels
from tests.core.weights.updated_samples import RANKS, run, sample
from tests.core.without_kernels import without_kernels

SHAPE = (3, 139, 211)  # rows and columns that fill no vector and no tile
ODD = [0.0, -0.0, 1e-45, -1e-45, 1e-38, -3e-39, 3.4e38, -3.4e38, np.inf, -np.inf, np.nan]
SCALES = (20.0, -1.0, 0.0, 0.1, 1e-44, 3e38, 1e300)


@pytest.fixture(autouse=True)
def _kernels():
    need_kernels()


def expect_the_same(tensor, values):
    found = run(tensor, values)
    with without_kernels(), np.errstate(all="ignore"):
        wanted = run(tensor, values)
    assert np.array_equal(np.isnan(found), np.isnan(wanted))
    numbers = ~np.isnan(wanted)
    assert np.array_equal(found[numbers].view(np.uint32), wanted[numbers].view(np.uint32))


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("transposed", [(False, False), (True, True)])
def test_any_rank(rank, transposed, tmp_path):
    one = sample(tmp_path, SHAPE, (rank, 5), transposed)
    expect_the_same(one.tensor, one.values)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("rank", [16, 40])
def test_odd_values_of_the_base(scale, rank, tmp_path):
    one = sample(tmp_path, SHAPE, (rank,))
    update = replace(one.tensor.updates[0], scale=scale)
    values = np.resize(np.array(ODD, np.float32), one.values.shape)
    for count in (1, 2):
        expect_the_same(replace(one.tensor, updates=count * (update,)), values)


@pytest.mark.parametrize("sizes", [(0.0, 1.0), (-1.0, 0.0), (1e-44, 1e-40), (5e37, 1e-45), (5e37, 5e37)])
def test_odd_factors(sizes):
    """Zeros, subnormal and huge numbers; sums that cancel."""
    random = np.random.default_rng(0)
    left = (np.round(random.standard_normal((9, 16)), 1) * sizes[0]).astype(np.float32)
    right = (np.round(random.standard_normal((16, 70)), 1) * sizes[1]).astype(np.float32)
    left[:, 8:], right[8:] = -left[:, :8], right[:8]
    left[3:] += np.float32(sizes[0])
    before = np.resize(np.array(ODD[:8], np.float32), (9, 70))
    factors, target = LowRankFactors([on_grid(left, 1)], [on_grid(right, 0)], 0.3), np.empty_like(before)
    assert add_low_rank(before, factors, target)
    with np.errstate(over="ignore"):
        product = np.matmul(factors.lefts[0], factors.rights[0])
        wanted = (product * np.float64(0.3) + before).astype(np.float32) + np.float32(0)
    assert np.array_equal(target.view(np.uint32), wanted.view(np.uint32))


def test_without_a_library_nothing_is_done():
    target = np.full((1, 1), 7, np.float32)
    with without_kernels():
        assert not add_low_rank(target, LowRankFactors([np.ones((1, 1))], [np.ones((1, 1))], 1.0), target.copy())
