"""Two tables of next-token distributions → the figures that llama-perplexity --kl-divergence gives, and as it does.

Formulas, names and units: llama.cpp tools/perplexity/perplexity.cpp, `log_softmax` and `kl_divergence`. There the table
of the truth is rounded to 16 bits; here nothing is rounded.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import exp, isfinite, isnan, sqrt

import numpy as np

from app.core.arrays import Doubles, Floats
from app.core.errors import VerificationError
from app.core.text import text
from app.core.verify.results.no_comparison import NoComparisonError
from app.core.verify.results.report import DistributionFigures, Figure, Position

LEAST = -16.0  # perplexity.cpp, log_softmax: what the truth holds for less likely than e^-16 does not count
FEW = 10  # perplexity.cpp, mean_and_uncertainty: no error is told from so few values
NEVER = -np.inf


def positions_of(truth: Iterable[Floats], other: Iterable[Floats], tokens: Sequence[int]) -> Iterator[Position]:
    """One position for each pair of rows, (tokens of the vocabulary,) float32 log-probabilities each.

    `tokens` are those that really follow, one for each pair. Divergences are in nats, log-probabilities natural ones. A
    row of the other without numbers (NaN) is infinitely far away. Raises VerificationError where rows differ in
    length, and NoComparisonError where the truth has no numbers.
    """
    for place, (row, its, token) in enumerate(zip(truth, other, tokens, strict=True)):
        if row.shape != its.shape:
            raise VerificationError(
                text(
                    "The folder predicts {folder:,} tokens, and the file {file:,}: their predictions cannot be "
                    "compared.",
                    folder=row.size,
                    file=its.size,
                )
            )
        if np.isnan(row).any():
            raise NoComparisonError(
                text("What mlx-lm computes with the folder at position {place:,} is no number.", place=place + 1)
            )
        yield _position(row, its, token)


def _position(truth: Floats, other: Floats, token: int) -> Position:
    if np.isnan(other).any():
        return Position(token, np.inf, False, float(truth[token]), NEVER)
    counts = truth > LEAST
    held: Doubles = truth[counts].astype(np.float64)
    divergence = float(np.dot(np.exp(held), held - other[counts]))
    return Position(
        token, divergence, int(truth.argmax()) == int(other.argmax()), float(truth[token]), float(other[token])
    )


def figures_of(positions: Sequence[Position]) -> DistributionFigures:
    """What all positions come to; of one at least. Shares and probabilities lie between 0 and 1."""
    divergences = np.array([one.divergence for one in positions])
    by_folder, by_file = (np.array([getattr(one, name) for one in positions]) for name in ("by_folder", "by_file"))
    return DistributionFigures(
        mean=_mean(divergences),
        median=_percentile(divergences, 0.5),
        percentile_99=_percentile(divergences, 0.99),
        percentile_99_9=_percentile(divergences, 0.999),
        maximum=float(divergences.max()),
        same_top=_share([one.same_best for one in positions]),
        rms_change=_root(_mean((np.exp(by_file) - np.exp(by_folder)) ** 2)),
        perplexity_of_folder=_exponential(_mean(-by_folder)),
        perplexity_of_file=_exponential(_mean(-by_file)),
    )


def _mean(values: Doubles) -> Figure:
    """`mean_and_uncertainty`: the mean, and its standard error by the variance of these values."""
    mean = float(values.mean())
    if len(values) <= FEW or not isfinite(mean):
        return Figure(mean, 0.0)
    variance = float((values * values).mean()) - mean * mean
    return Figure(mean, sqrt(variance / (len(values) - 1)) if variance > 0 else 0.0)


def _percentile(values: Doubles, share: float) -> float:
    """`percentile`: between two values by a straight line."""
    ordered = np.sort(values)
    place, rest = divmod(share * (len(ordered) - 1), 1)
    low = float(ordered[int(place)])
    if not rest:
        return low
    found = (1 - rest) * low + rest * float(ordered[int(place) + 1])
    return np.inf if isnan(found) else found


def _share(are_so: Sequence[bool]) -> Figure:
    share, count = sum(are_so) / len(are_so), len(are_so)
    return Figure(share, sqrt(share * (1 - share) / (count - 1)) if count > 1 else 0.0)


def _root(square: Figure) -> Figure:
    value = sqrt(square.value)
    return Figure(value, 0.5 / value * square.error if value else 0.0)


def _exponential(log: Figure) -> Figure:
    """A perplexity, of the mean negative logarithm of the probability."""
    value = exp(log.value) if log.value < 700 else np.inf
    return Figure(value, value * log.error if log.error else 0.0)
