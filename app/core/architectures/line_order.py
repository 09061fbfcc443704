"""Picks → the numbers of the lines (rows or columns) they name, and the runs of neighbours among them."""

from collections.abc import Iterator
from itertools import pairwise
from math import prod

import numpy as np
import numpy.typing as npt

from app.core.architectures.ops import Pick, Picks

Numbers = npt.NDArray[np.int64]


def line_numbers(picks: Picks) -> Numbers:
    """For every line of the result, the number of the line in the source: (lines,) int64."""
    return np.concatenate([_numbers(pick) for pick in picks])


def _numbers(pick: Pick) -> Numbers:
    lines = np.arange(prod(pick.view), dtype=np.int64).reshape(pick.view)
    lines = lines[tuple(slice(first, last) for first, last in pick.part)]
    return (lines.transpose(pick.order) if pick.order else lines).reshape(-1) + pick.offset


def runs(numbers: Numbers) -> Iterator[tuple[int, int]]:
    """(first, how many) for each stretch of numbers that follow one another."""
    breaks = np.flatnonzero(np.diff(numbers) != 1) + 1
    edges = [0, *breaks.tolist(), numbers.size]
    for start, stop in pairwise(edges):
        yield int(numbers[start]), stop - start
