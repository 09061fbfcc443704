"""Reports made by hand, one for each thing that a verification may find."""

import math
import random
from dataclasses import replace
from pathlib import Path

from app.core.text import text
from app.core.verify.header.header_proof import HeaderProof
from app.core.verify.results.report import (
    Answer,
    Conversation,
    DistributionFigures,
    DistributionProof,
    Figure,
    Limit,
    Passage,
    Position,
    Skipped,
    Step,
    Token,
    TokenizedText,
    Verdict,
    VerificationReport,
    VocabularyProof,
)
from app.core.verify.weights.weight_proof import TensorProof, WeightProof

LIMITS = (Limit(Verdict.SAME, 0.001), Limit(Verdict.CLOSE, 0.05))
PASSAGES = ("English", "Deutsch", "中文", "Python", "Mathematics")


def positions(scale, seed, count=64):
    """`scale`: about the median of the divergences."""
    dice = random.Random(seed)
    for number in range(count):
        divergence = scale * math.exp(dice.gauss(0, 1.4))
        by_folder = -dice.expovariate(0.5) - 0.001
        yield Position(number, divergence, dice.random() > 8 * scale, by_folder, by_folder - divergence / 4)


def distributions(scale=0.002, passages=PASSAGES):
    found = tuple(Passage(text(name), tuple(positions(scale, name))) for name in passages)
    all_divergences = sorted(one.divergence for passage in found for one in passage.positions)
    count = len(all_divergences)
    figures = DistributionFigures(
        mean=Figure(sum(all_divergences) / count, scale / 10),
        median=all_divergences[count // 2],
        percentile_99=all_divergences[count * 99 // 100],
        percentile_99_9=all_divergences[-1],
        maximum=all_divergences[-1],
        same_top=Figure(sum(one.same_best for passage in found for one in passage.positions) / count, 0.004),
        rms_change=Figure(scale * 3, scale / 5),
        perplexity_of_folder=Figure(17.4312, 0.81),
        perplexity_of_file=Figure(17.4312 * (1 + scale), 0.81),
    )
    return DistributionProof(found, figures)


def tokens(said, second=2.0):
    """A token for each word; `second`: how many nats the second likeliest lies below."""
    return tuple(
        Token(number, piece, -0.3, -0.3 - second) for number, piece in enumerate(said.replace(" ", "\0 ").split("\0"))
    )


def answers():
    capital = tokens("The capital of France is Paris. It lies on the Seine, and has about two million inhabitants.")
    sky = tokens("The sky is blue because air scatters short waves of light more than long ones.\nThat is all.")
    by_chance = (*sky[:5], Token(5, " air", -0.9, -0.92), *sky[6:])
    near = (*sky[:5], Token(90, " molecules", -0.9, -0.95), Token(91, " scatter", -0.2, -3.0))
    far = (*sky[:6], Token(90, " bananas", -0.1, -4.0), Token(91, " are", -0.2, -3.0))
    return (
        Answer("What is the capital of France?", capital, capital),
        Answer("Why is the sky blue?", by_chance, near),
        Answer("Why is the sky blue, really?", sky, far),
        Answer("Say no more.", sky[:4], sky[:7]),
    )


def vocabulary():
    texts = tuple(TokenizedText(f"text {number}", (1, number), (1, number)) for number in range(40))
    return VocabularyProof(texts, (Conversation(text("Two turns"), "a", "a"),), (1, 106), (1, 106))


def weights(problem=""):
    tensors = [TensorProof(f"blk.{number}.attn_q.weight", "Q8_0", 0.0042, 0.01) for number in range(9)]
    tensors.append(TensorProof("blk.9.attn_q.weight", "Q8_0", 0.0042, 0.01, problem))
    return WeightProof(tuple(tensors))


def report(verdict, reason, scale=0.002, **changes):
    return VerificationReport(
        Path("/models/my-finetune"),
        Path("/models/my-finetune-Q8_0.gguf"),
        verdict,
        text(reason),
        weights=weights(),
        header=HeaderProof((), 40),
        vocabulary=vocabulary(),
        distributions=distributions(scale),
        answers=answers(),
        limits=LIMITS,
        sha256="ab" * 32,
        versions=(("mlx-ferry", "0.1"),),
        seconds=83.0,
        **changes,
    )


SAME = report(Verdict.SAME, "Nothing differs beyond rounding.", 0.00005)
CLOSE = report(Verdict.CLOSE, "The mean KLD of 0.0053 is usual for Q8_0.")
DEGRADED = report(
    Verdict.DEGRADED,
    "The mean KLD of 0.31 is more than the 0.05 that Q4_K_M usually has, so that answers will differ.",
    0.11,
    warnings=(text("Memory was short, so the cache was kept small."),),
)
BROKEN = replace(
    report(Verdict.BROKEN, "A tensor does not hold what MLX computes from the folder.", 0.8),
    weights=weights(text("row 1,024, column 31: 0.25 in the file, 0.75 by MLX")),
    vocabulary=replace(vocabulary(), problems=(text("“Hello” is read as other tokens."),)),
)
SKIPPED = replace(
    report(Verdict.SAME, "The weights and the vocabulary are the same; nothing was computed."),
    distributions=None,
    answers=None,
    skipped=(
        Skipped(Step.DISTRIBUTIONS, text("This computer has 8 GB of memory, and the model needs 14 GB.")),
        Skipped(Step.ANSWERS, text("This computer has 8 GB of memory, and the model needs 14 GB.")),
    ),
)
KILLED = replace(
    SKIPPED,
    skipped=tuple(
        Skipped(step, text("{engine} ended unexpectedly (signal {number}).", engine="llama.cpp", number=9))
        for step in (Step.DISTRIBUTIONS, Step.ANSWERS)
    ),
)
ALL = {"same": SAME, "close": CLOSE, "degraded": DEGRADED, "broken": BROKEN, "skipped": SKIPPED, "killed": KILLED}
