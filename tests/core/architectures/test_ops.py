"""Ops are plain data: they say what they do, and refuse numbers that are none."""

import math
import pickle

import pytest

from app.core.architectures.ops import (
    NOTHING,
    AddConstant,
    Change,
    Columns,
    NegativeExp,
    Pick,
    Rows,
    Scale,
    ScaleRows,
    Transpose,
    on_values,
)
from app.core.text import text

FACTORS = (1.0, 2, 0.0, -0.5, 1e18)
NO_FACTORS = (None, "1", True, [1.0], math.nan, math.inf, -math.inf, 1.1e18, 1e39, 10**400)
WITH_NUMBERS = (AddConstant, Scale, lambda value: ScaleRows(((2, 1.0), (2, value))))


@pytest.mark.parametrize("make", WITH_NUMBERS, ids=["add", "scale", "scale rows"])
def test_a_number_must_be_one_whose_square_float32_can_hold(make):
    assert all(make(value) for value in FACTORS)
    for value in NO_FACTORS:
        with pytest.raises((ValueError, OverflowError)):
            make(value)


@pytest.mark.parametrize(
    ("op", "words"),
    [
        (Rows((Pick((2,)),)), "rows reordered"),
        (Rows((Pick((2,)),), text("first half")), "first half"),
        (Columns((Pick((2,)),)), "columns reordered"),
        (Transpose(2), "transposed"),
        (AddConstant(1.0), "+1"),
        (AddConstant(-1.0), "-1"),
        (Scale(0.25), "× 0.25"),
        (ScaleRows(((1, 2.0),)), "rows scaled"),
        (NegativeExp(), "−exp"),
    ],
)
def test_ops_are_said_in_words_and_survive_a_process_boundary(op, words):
    assert str(op) == words
    assert pickle.loads(pickle.dumps(op)) == op
    assert {op: 1}[op] == 1


ROWS, COLUMNS = Rows((Pick((2,)),)), Columns((Pick((2,)),))


@pytest.mark.parametrize(
    ("change", "ops"),
    [
        (NOTHING, ()),
        (Change(ROWS), (ROWS,)),
        (Change(within_rows=COLUMNS), (COLUMNS,)),
        (on_values(NegativeExp(), Scale(-1.0)), (NegativeExp(), Scale(-1.0))),
        (Change(ROWS, Transpose(2), (Scale(2.0),)), (ROWS, Transpose(2), Scale(2.0))),
    ],
)
def test_a_change_tells_its_ops_in_order_and_survives_a_process_boundary(change, ops):
    assert change.ops == ops
    assert bool(change) == bool(ops)
    assert pickle.loads(pickle.dumps(change)) == change
