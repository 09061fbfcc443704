"""A product of two factors has the same bits in whatever order a library adds, and float32's exactness."""

import numpy as np
import pytest

from app.core.weights.exact_product import exact_product

RANKS = (1, 7, 16, 32)


def factors(rank, rows=24, columns=40, seed=0):
    random = np.random.default_rng(seed)
    spread = np.exp2(random.integers(-12, 12, (1, columns)))
    left = random.standard_normal((rows, rank)) * np.exp2(random.integers(-9, 9, (rows, 1)))
    return left.astype(np.float32), (random.standard_normal((rank, columns)) * spread).astype(np.float32)


@pytest.mark.parametrize("rank", RANKS)
def test_the_order_of_the_sums_does_not_count(rank):
    left, right = factors(rank)
    usual = exact_product(left, right)
    for seed in range(8):
        order = np.random.default_rng(seed).permutation(rank)
        assert np.array_equal(exact_product(left[:, order], right[order]), usual)
        one_by_one = np.stack([exact_product(row[None], right)[0] for row in left])  # other kernels of the library
        assert np.array_equal(one_by_one, usual)


@pytest.mark.parametrize("rank", RANKS)
def test_it_is_as_exact_as_float32(rank):
    left, right = factors(rank)
    exact = left.astype(np.longdouble) @ right.astype(np.longdouble)
    bound = np.abs(left).max(1)[:, None] * np.abs(right).max(0)[None] * rank * 2.0**-23
    assert (np.abs(exact_product(left, right) - exact) <= bound).all()


def test_sums_on_the_grid_are_whole_numbers_that_float64_holds():
    """The largest possible: 32 products of two numbers of 24 bits."""
    ones = np.full((1, 32), np.float32(2**24 - 1))
    assert exact_product(ones, ones.T)[0, 0] == 32 * (2**24 - 1) ** 2


def test_zeros_and_the_smallest_numbers():
    tiny = np.float32(1e-45)
    left, right = np.array([[0, 0], [tiny, 0]], np.float32), np.array([[1, tiny], [0, 0]], np.float32)
    assert exact_product(left, right).tolist() == [[0.0, 0.0], [float(tiny), float(tiny) ** 2]]
