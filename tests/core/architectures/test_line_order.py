"""Picks against what llama.cpp's converter does with reshape, swapaxes and split, written with NumPy."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.architectures import Layer
from app.core.architectures.line_order import line_numbers, runs
from app.core.architectures.ops import Pick, Rows
from app.core.architectures.parts.decoder import rotary_rows


def permute(weights: np.ndarray, heads: int) -> np.ndarray:
    """llama.cpp conversion/llama.py, LlamaModel.permute."""
    shape = weights.shape
    return weights.reshape(heads, 2, shape[0] // heads // 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


@pytest.mark.parametrize(("heads", "head"), [(1, 2), (4, 32), (3, 10), (8, 128)])
@pytest.mark.parametrize("columns", [(), (5,)], ids=["bias", "matrix"])
def test_rows_for_rope_are_llama_cpps_permute(heads, head, columns):
    weights = np.random.default_rng(0).normal(size=(heads * head, *columns))
    op = rotary_rows("heads")(Layer({}, {"heads": heads, "head": head})).rows
    assert isinstance(op, Rows)
    assert np.array_equal(weights[line_numbers(op.picks)], permute(weights, heads))


def test_heads_grouped_by_key_become_tiled():
    keys, each, width = 2, 3, 4
    lines = [
        (key * each + value) * width + line for value in range(each) for key in range(keys) for line in range(width)
    ]
    assert line_numbers((Pick((keys, each, width), (1, 0, 2)),)).tolist() == lines


def test_a_part_of_every_head():
    halves = np.arange(3 * 5).reshape(3, 5)
    assert np.array_equal(line_numbers((Pick((3, 5), part=((0, 3), (0, 2))),)), halves[:, :2].reshape(-1))
    assert np.array_equal(line_numbers((Pick((3, 5), part=((0, 3), (2, 5))),)), halves[:, 2:].reshape(-1))
    swapped = Pick((3, 5), order=(1, 0), part=((1, 3), (2, 5)))
    assert np.array_equal(line_numbers((swapped,)), halves[1:, 2:].T.reshape(-1))


def test_picks_follow_each_other_and_may_begin_in_the_middle():
    picks = (Pick((2,)), Pick((2, 3), (1, 0), offset=2))
    assert line_numbers(picks).tolist() == [0, 1, 2, 5, 3, 6, 4, 7]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40))
def test_runs_are_the_same_numbers_in_as_few_stretches_as_can_be(numbers):
    found = list(runs(np.array(numbers, np.int64)))
    assert [line for first, count in found for line in range(first, first + count)] == numbers
    edges = [(first + count, after) for (first, count), (after, _) in pairwise(found)]
    assert all(end != after for end, after in edges)
