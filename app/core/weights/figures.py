"""Figures of many values, gathered chunk by chunk: memory does not depend on how many there are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.arrays import Floats

BINS = 64
LOWEST = -1074  # the exponent of the smallest float64
Numbers = Floats | npt.NDArray[np.float64]


@dataclass(frozen=True)
class Histogram:
    """Values from `low` to `high` in `counts` of equal width, as `numpy.histogram` counts them."""

    low: float
    high: float
    counts: tuple[int, ...]

    def edges(self, number: int) -> tuple[float, float]:
        """Where a bin begins and ends."""
        width = (self.high - self.low) / len(self.counts)
        return self.low + number * width, self.low + (number + 1) * width


@dataclass(frozen=True)
class Magnitudes:
    """Values by the power of two below them: `counts[i]` are those with 2^(first + i) ≤ |v| < 2^(first + i + 1)."""

    first: int
    counts: tuple[int, ...]

    def edges(self, number: int) -> tuple[float, float]:
        """Where a bin begins and ends."""
        return 2.0 ** (self.first + number), 2.0 ** (self.first + number + 1)


@dataclass(frozen=True)
class Figures:
    """Of `count` values: those that are numbers give minimum, maximum, mean and standard deviation (of them all, not
    of a sample); zeros, NaN and infinities are counted. Without a number the four are 0.
    """

    count: int
    minimum: float
    maximum: float
    mean: float
    deviation: float
    zeros: int
    nans: int
    infinities: int
    magnitudes: Magnitudes

    @property
    def largest(self) -> float:
        """The largest magnitude."""
        return max(abs(self.minimum), abs(self.maximum))


@dataclass(frozen=True)
class Distribution:
    """Figures, and how many values are how large."""

    figures: Figures
    histogram: Histogram


def distribution(read: Callable[[], Iterable[Numbers]]) -> Distribution:
    """Of all values that `read` gives, (n,) at a time. It is called twice: only then it is known where bins lie."""
    gathering = Gathering()
    for values in read():
        gathering.add(values)
    figures = gathering.figures()
    counting = Counting(figures.minimum, figures.maximum)
    for values in read():
        counting.add(values)
    return Distribution(figures, counting.histogram())


class Gathering:
    """Takes values, and tells their figures. Means and squares are merged as Chan, Golub and LeVeque do (1979)."""

    def __init__(self) -> None:
        self._count = self._zeros = self._nans = self._infinities = self._finite = 0
        self._mean = self._squares = 0.0
        self._minimum, self._maximum = np.inf, -np.inf
        self._powers = np.zeros(1024 - LOWEST, np.int64)

    def add(self, values: Numbers) -> None:
        """(n,) float32 or float64."""
        self._count += values.size
        is_finite = np.isfinite(values)
        if not is_finite.all():
            self._nans += int(np.count_nonzero(np.isnan(values)))
            values = values[is_finite]
        if not values.size:
            return
        self._minimum = min(self._minimum, float(values.min()))
        self._maximum = max(self._maximum, float(values.max()))
        wide = values.astype(np.float64)
        self._merge(wide)
        _, exponents = np.frexp(wide[wide != 0])
        self._zeros += wide.size - exponents.size
        self._powers += np.bincount(exponents - 1 - LOWEST, minlength=self._powers.size)

    def _merge(self, wide: npt.NDArray[np.float64]) -> None:
        mean = float(wide.mean())
        gap, whole = mean - self._mean, self._finite + wide.size
        wide = wide - mean
        self._squares += float(np.dot(wide, wide)) + gap * gap * self._finite * wide.size / whole
        self._mean += gap * wide.size / whole
        self._finite = whole

    def figures(self) -> Figures:
        """Of all values so far."""
        used = np.flatnonzero(self._powers)
        first, last = (int(used[0]), int(used[-1])) if used.size else (0, -1)
        has_numbers = self._finite > 0
        return Figures(
            count=self._count,
            minimum=self._minimum if has_numbers else 0.0,
            maximum=self._maximum if has_numbers else 0.0,
            mean=self._mean,
            deviation=float(np.sqrt(self._squares / self._finite)) if has_numbers else 0.0,
            zeros=self._zeros,
            nans=self._nans,
            infinities=self._count - self._finite - self._nans,
            magnitudes=Magnitudes(first + LOWEST, tuple(self._powers[first : last + 1].tolist())),
        )


class Counting:
    """Counts values into bins between two ends that are known by now. Where both are one, the bins lie around it."""

    def __init__(self, low: float, high: float, bins: int = BINS) -> None:
        edges = np.histogram_bin_edges(np.empty(0), bins, (low, high))
        self._low, self._high = float(edges[0]), float(edges[-1])
        self._counts = np.zeros(bins, np.int64)

    def add(self, values: Numbers) -> None:
        """(n,) float32 or float64; what is no number is left out."""
        numbers = values.astype(np.float64)
        numbers = numbers[np.isfinite(numbers)]
        self._counts += np.histogram(numbers, self._counts.size, (self._low, self._high))[0]

    def histogram(self) -> Histogram:
        """Of all values so far."""
        return Histogram(self._low, self._high, tuple(self._counts.tolist()))
