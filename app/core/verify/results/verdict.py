"""same, close, degraded or broken: one sentence out of everything that was proved."""

from app.core.text import Text, text
from app.core.verify.results.report import Limit, Verdict, VerificationReport
from app.core.verify.weights.weight_proof import WeightProof

# Mean divergence in nats; docs/verification.md has the measurements behind these numbers.
NOISE = 0.01  # what rounding of activations makes of the very same weights: llama.cpp rounds them to 8 bits
NOTICEABLE = 0.05  # beyond it answers are often others; llama.cpp's own figure for Q4_K_M of an 8B model is 0.03
# What the weights' own errors explain: divergence grows with their square. 100 is several times what was measured on
# models of 135 M to 8 B weights, for every type; beyond COARSEST nothing is explained any more.
FLOOR, GROWTH, COARSEST = 0.02, 100.0, 3.0
SAME_WEIGHTS = 0.003  # relative root mean square: what rounding to bfloat16 makes, 2^-9 / √3, and room for float16's
CLOSE_WEIGHTS = 0.1  # Q4_K of normal values: 0.07


def judge(report: VerificationReport) -> tuple[Verdict, Text]:
    """The verdict and its reason, a sentence, by the steps that were done."""
    weights = report.weights
    if weights is None or not weights.is_sound:
        return Verdict.BROKEN, text("The file does not hold what MLX computes from the folder.")
    if report.header is not None and not report.header.is_sound:
        return Verdict.BROKEN, text("llama.cpp would compute with other settings than the folder's.")
    if report.vocabulary is not None and not report.vocabulary.is_sound:
        return Verdict.BROKEN, text("llama.cpp does not read or write texts as the folder's tokenizer and template do.")
    worst = _worst(weights)
    if report.distributions is None:
        return _by_weights(worst)
    figures = report.distributions.figures
    count = sum(len(passage.positions) for passage in report.distributions.passages)
    mean, share = figures.mean.value, figures.same_top.value
    measured = {"mean": mean, "share": share, "count": count}
    if not mean <= explained(weights):
        return Verdict.BROKEN, text(
            "llama.cpp predicts other tokens than mlx-lm, more than rounded weights explain: the same first "
            "choice at only {share:.1%} of {count:,} positions, and {mean:.3g} nats apart on average.",
            **measured,
        )
    if mean > NOTICEABLE:
        return Verdict.DEGRADED, text(
            "The file is right, but its types cost quality: the first choice is the same at {share:.1%} of "
            "{count:,} positions, and predictions are {mean:.3g} nats apart on average.",
            **measured,
        )
    if worst <= SAME_WEIGHTS and mean <= NOISE:
        return Verdict.SAME, text(
            "The file holds the model's weights, and llama.cpp predicts what mlx-lm does: the same first choice at "
            "{share:.1%} of {count:,} positions, and {mean:.2g} nats apart on average.",
            **measured,
        )
    return Verdict.CLOSE, text(
        "llama.cpp predicts nearly what mlx-lm does: the same first choice at {share:.1%} of {count:,} positions, and "
        "{mean:.2g} nats apart on average.",
        **measured,
    )


def limits_of(weights: WeightProof) -> tuple[Limit, ...]:
    """The verdicts that these weights leave open, the best first, each with the largest mean that `judge` takes."""
    largest = explained(weights)
    found = [Limit(Verdict.SAME, NOISE)] if _worst(weights) <= SAME_WEIGHTS else []
    found.append(Limit(Verdict.CLOSE, min(NOTICEABLE, largest)))
    if largest > NOTICEABLE:
        found.append(Limit(Verdict.DEGRADED, largest))
    return tuple(found)


def _worst(weights: WeightProof) -> float:
    return max((one.relative for one in weights.tensors if one.is_matrix), default=0.0)


def _by_weights(worst: float) -> tuple[Verdict, Text]:
    if worst <= SAME_WEIGHTS:
        return Verdict.SAME, text("The file holds the model's weights; predictions were not compared.")
    if worst <= CLOSE_WEIGHTS:
        return Verdict.CLOSE, text(
            "The file holds the model's weights within {error:.1%}; predictions were not compared.", error=worst
        )
    return Verdict.DEGRADED, text(
        "The file holds the model's weights within {error:.0%} only; predictions were not compared.", error=worst
    )


def explained(weights: WeightProof) -> float:
    """The mean divergence, in nats, that the errors of a file's weights may make."""
    errors = [one.relative**2 for one in weights.tensors if one.is_matrix]
    return min(COARSEST, FLOOR + GROWTH * sum(errors) / max(1, len(errors)))
