"""Ops that change values, each alone, against IEEE arithmetic in the tensor's own type and exact decimals."""

from decimal import Decimal, getcontext

import mlx.core as mx
import numpy as np
import pytest

from app.core.architectures.ops import AddConstant, NegativeExp, Scale, ScaleRows
from app.core.weights.values import changed

LARGEST = float(np.finfo(np.float32).max)
AWKWARD = np.array(
    [
        0,
        -0.0,
        1e-45,
        -1e-45,
        1e-40,
        1.1754942e-38,
        2 ** (-126),
        1e-08,
        2 ** (-24),
        2 ** (-11),
        0.1,
        -1,
        1,
        0.33325195,
        3.1415927,
        -0.99951,
        100.06,
        16777215,
        16777216,
        1e30,
        LARGEST,
        -LARGEST,
    ],
    np.float32,
)
RANDOM = np.random.default_rng(0).normal(0, 1, 4000).astype(np.float32)
FLOATS = np.concatenate([AWKWARD, RANDOM])
EVERY_HALF = np.arange(65536, dtype=np.uint16).view(np.float16)
EVERY_HALF = EVERY_HALF[np.isfinite(EVERY_HALF)]


def apply(op, values, row=0, row_length=None, rounds_to_half=False):
    return changed(values, (op,), row, row_length or values.size, rounds_to_half)


def same_bits(first, second):
    return np.array_equal(first.view(np.uint32), second.astype(np.float32).view(np.uint32))


@pytest.mark.parametrize("constant", [1.0, -1.0, 0.1])
def test_a_constant_is_added_in_float32(constant):
    assert same_bits(apply(AddConstant(constant), FLOATS), FLOATS + np.float32(constant))


@pytest.mark.parametrize("constant", [1.0, -1.0, 0.1])
def test_a_constant_is_added_in_float16_to_what_is_stored_in_it(constant):
    # torch 2.13 gives the same, for every number: the constant becomes float16 before it is added
    added = np.array(mx.array(EVERY_HALF) + constant)
    assert added.dtype == np.float16
    assert same_bits(apply(AddConstant(constant), EVERY_HALF.astype(np.float32), rounds_to_half=True), added)


def test_plus_one_in_float16_is_what_numpy_adds():
    result = apply(AddConstant(1.0), EVERY_HALF.astype(np.float32), rounds_to_half=True)
    assert same_bits(result, EVERY_HALF + np.float16(1))


@pytest.mark.parametrize("factor", [1.0, 0.5, 0.1, 5.656854249492381, 1e-30, -2.0, 0.0])
def test_a_factor_multiplies_in_float32(factor):
    with np.errstate(over="ignore"):
        assert same_bits(apply(Scale(factor), FLOATS), FLOATS * np.float32(factor))


@pytest.mark.parametrize("factor", [0.1, 5.656854249492381, 0.25])
def test_a_factor_rounds_to_float16_where_the_tensor_is_stored_in_it(factor):
    wide = EVERY_HALF.astype(np.float32)
    with np.errstate(over="ignore"):
        expected = (wide * np.float32(factor)).astype(np.float16)
    assert same_bits(apply(Scale(factor), wide, rounds_to_half=True), expected)


def test_subnormal_numbers_and_the_sign_of_zero_survive():
    tiny = np.array([1e-45, -1e-45, 0.0, -0.0], np.float32)
    assert same_bits(apply(Scale(1.0), tiny), tiny)
    assert same_bits(apply(Scale(3.0), tiny[:2]), np.array([3, 0x80000003], np.uint32).view(np.float32))
    assert np.signbit(apply(Scale(-1.0), tiny)).tolist() == [True, False, True, False]


@pytest.mark.parametrize(("first", "count"), [(0, 7), (0, 3), (2, 4), (6, 1)])
def test_rows_are_scaled_each_by_its_part(first, count):
    factors = np.array([0.1] * 2 + [3.0] * 4 + [-0.7], np.float32)
    values = RANDOM[: 7 * 5].reshape(7, 5)[first : first + count]
    op = ScaleRows(((2, 0.1), (4, 3.0), (1, -0.7)))
    result = apply(op, values.reshape(-1), first, 5)
    assert same_bits(result, (values * factors[first : first + count, None]).reshape(-1))


def test_exponentials_are_correctly_rounded():
    getcontext().prec = 40
    values = np.concatenate([np.linspace(-20, 20, 500), [0, -0.0, 1e-45, 88.72, -103.9, -200]]).astype(np.float32)
    exact = np.array([float(-Decimal(float(value)).exp()) for value in values])
    assert same_bits(apply(NegativeExp(), values), exact.astype(np.float32))


def test_what_becomes_too_large_is_infinite_without_a_warning():
    assert np.isinf(apply(Scale(2.0), np.array([LARGEST], np.float32))).all()
    assert np.isinf(apply(NegativeExp(), np.array([100.0, 1000.0], np.float32))).all()
    assert np.isinf(apply(Scale(2.0), np.array([60000.0], np.float32), rounds_to_half=True)).all()
    assert np.isnan(apply(AddConstant(1.0), np.array([np.nan], np.float32))).all()


def test_ops_follow_each_other_and_each_rounds():
    ops = (Scale(0.1), Scale(10.0), AddConstant(1.0))
    expected = FLOATS * np.float32(0.1) * np.float32(10) + np.float32(1)
    assert same_bits(changed(FLOATS, ops, 0, FLOATS.size, rounds_to_half=False), expected)
