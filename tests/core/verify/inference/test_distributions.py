"""Figures of two tables of log-probabilities: llama.cpp's own loop written out, NumPy's definitions, and the edges."""

import math

import numpy as np
import pytest

from app.core.errors import VerificationError
from app.core.verify.inference.distributions import figures_of, positions_of
from app.core.verify.results.no_comparison import NoComparisonError
from app.core.verify.results.report import Figure


def table(rows, columns, seed, spread=2.0):
    logits = np.random.default_rng(seed).normal(0, spread, (rows, columns))
    return (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))).astype(np.float32)


def near(truth, seed):
    changed = truth + np.random.default_rng(seed).normal(0, 0.2, truth.shape)
    return (changed - np.log(np.exp(changed).sum(axis=1, keepdims=True))).astype(np.float32)


def figures(truth, other, tokens):
    return figures_of(tuple(positions_of(truth, other, tokens)))


def by_llama_cpp(truth, other, tokens):
    """tools/perplexity/perplexity.cpp, log_softmax, mean_and_uncertainty and percentile, line by line."""
    sums = dict.fromkeys(["nll", "nll2", "base", "base2", "kld", "kld2", "p2", "p4", "same"], 0.0)
    values = []
    for row, its, token in zip(truth.astype(float), other.astype(float), tokens, strict=True):
        nll, base = -its[token], -row[token]
        kld = sum(math.exp(p) * (p - q) for p, q in zip(row, its, strict=True) if p > -16)
        change = math.exp(-nll) - math.exp(-base)
        for name, value in (("nll", nll), ("base", base), ("kld", kld)):
            sums[name] += value
            sums[f"{name}2"] += value * value
        sums["p2"] += change**2
        sums["p4"] += change**4
        sums["same"] += max(range(len(its)), key=its.__getitem__) == max(range(len(row)), key=row.__getitem__)
        values.append(kld)
    count = len(values)

    def mean_and_uncertainty(total, total2):
        f = total / count
        df = total2 / count - f * f
        return f, math.sqrt(df / (count - 1)) if df > 0 and count > 10 else 0.0

    def percentile(fraction):
        place = fraction * (count - 1)
        whole = int(place)
        place -= whole
        return (1 - place) * values[whole] + place * values[min(whole + 1, count - 1)]

    values.sort()
    square, square_error = mean_and_uncertainty(sums["p2"], sums["p4"])
    folder, file = mean_and_uncertainty(sums["base"], sums["base2"]), mean_and_uncertainty(sums["nll"], sums["nll2"])
    top = sums["same"] / count
    return [
        *mean_and_uncertainty(sums["kld"], sums["kld2"]),
        *(percentile(one) for one in (0.5, 0.99, 0.999)),
        values[-1],
        *(top, math.sqrt(top * (1 - top) / (count - 1))),
        *(math.sqrt(square), 0.5 / math.sqrt(square) * square_error),
        *(math.exp(folder[0]), math.exp(folder[0]) * folder[1]),
        *(math.exp(file[0]), math.exp(file[0]) * file[1]),
    ]


def flat(found):
    names = ("mean", "median", "percentile_99", "percentile_99_9", "maximum", "same_top", "rms_change")
    values = [getattr(found, name) for name in (*names, "perplexity_of_folder", "perplexity_of_file")]
    return [part for one in values for part in ((one.value, one.error) if isinstance(one, Figure) else (one,))]


@pytest.mark.parametrize("count", [11, 60, 101])
def test_figures_are_llama_cpps(count):
    truth = table(count, 50, 1, spread=5.0)  # some lie below the least likely that counts
    assert (truth < -16).any()
    other, tokens = near(truth, 2), list(np.random.default_rng(3).integers(0, 50, count))
    assert flat(figures(truth, other, tokens)) == pytest.approx(by_llama_cpp(truth, other, tokens), rel=1e-6)


def test_figures_are_what_their_definitions_say():
    """NumPy alone, whole tables at once."""
    truth = table(200, 40, 4)
    other, tokens = near(truth, 5), np.random.default_rng(6).integers(0, 40, 200)
    found, p, q = figures(truth, other, tokens), truth.astype(float), other.astype(float)
    divergences = (np.exp(p) * (p - q)).sum(axis=1)
    assert found.mean.value == pytest.approx(divergences.mean())
    assert found.mean.error == pytest.approx(divergences.std(ddof=1) / np.sqrt(200))
    assert found.median == pytest.approx(np.median(divergences))
    assert found.percentile_99 == pytest.approx(np.quantile(divergences, 0.99))
    assert found.percentile_99_9 == pytest.approx(np.quantile(divergences, 0.999))
    assert found.maximum == pytest.approx(divergences.max())
    assert found.same_top.value == pytest.approx((p.argmax(axis=1) == q.argmax(axis=1)).mean())
    one, its = p[range(200), tokens], q[range(200), tokens]
    assert found.rms_change.value == pytest.approx(np.sqrt(np.mean((np.exp(its) - np.exp(one)) ** 2)))
    assert found.perplexity_of_folder.value == pytest.approx(np.exp(-one.mean()))
    assert found.perplexity_of_file.value == pytest.approx(np.exp(-its.mean()))


def test_positions_say_what_each_holds():
    truth, other = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]], np.float32)), table(2, 3, 7)
    first, second = positions_of(truth, other, [2, 1])
    assert (first.token, second.token) == (2, 1)
    assert first.by_folder == pytest.approx(math.log(0.25))
    assert second.by_file == pytest.approx(float(other[1, 1]))
    assert second.same_best == (other[1].argmax() == 1)


def test_the_same_twice_differs_by_nothing():
    truth = table(20, 30, 8)
    found = figures(truth, truth, [0] * 20)
    assert (found.mean, found.maximum, found.rms_change) == (Figure(0.0, 0.0), 0.0, Figure(0.0, 0.0))
    assert found.same_top == Figure(1.0, 0.0)
    assert found.perplexity_of_folder == found.perplexity_of_file


def test_one_position_has_no_errors():
    truth = table(1, 30, 9)
    found = figures(truth, near(truth, 10), [3])
    assert found.mean.value == found.median == found.percentile_99_9 == found.maximum > 0
    assert {found.mean.error, found.same_top.error, found.rms_change.error, found.perplexity_of_file.error} == {0.0}


def test_what_the_truth_holds_for_impossible_does_not_count():
    truth = np.array([[math.log(0.5), math.log(0.5), -np.inf]], np.float32)
    (found,) = positions_of(truth, np.log(np.array([[0.4, 0.4, 0.2]], np.float32)), [0])
    assert found.divergence == pytest.approx(math.log(0.5 / 0.4))


def test_what_only_the_file_holds_for_impossible_is_infinitely_far():
    truth, other = np.log(np.full((12, 2), 0.5, np.float32)), np.log(np.full((12, 2), 0.5, np.float32))
    other[3] = 0.0, -np.inf
    found = figures(truth, other, [1] * 12)
    assert found.mean.value == found.maximum == found.percentile_99 == found.perplexity_of_file.value == math.inf
    assert found.median == 0.0
    assert not any(math.isnan(one) for one in flat(found))


def test_a_file_that_gives_no_numbers_is_infinitely_far():
    truth = table(12, 5, 11)
    found = figures(truth, np.full_like(truth, np.nan), [1] * 12)
    assert found.mean.value == found.median == math.inf
    assert found.same_top.value == 0.0
    assert not any(math.isnan(one) for one in flat(found))


def test_a_folder_that_gives_no_numbers_is_no_truth():
    truth = table(3, 5, 12)
    truth[1, 2] = np.nan
    with pytest.raises(NoComparisonError, match="at position 2 is no number"):
        figures(truth, table(3, 5, 13), [0, 0, 0])


def test_vocabularies_of_two_sizes_cannot_be_compared():
    with pytest.raises(VerificationError, match="The folder predicts 6 tokens, and the file 5"):
        figures(table(2, 6, 14), table(2, 5, 15), [0, 0])
