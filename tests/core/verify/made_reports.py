"""Reports of verifications, made by hand: with every step, with none, and with names that mean harm."""

import math
import random
from dataclasses import replace
from pathlib import Path

from app.core.encode.kept import Kept
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

HARM = "<script>alert(1)</script>\"'&{{ 7*7 }}\x1b[2J\u202egnp.exe\ud800"
NAMES = (text("Texts"), text("Tensors"), text("Files"))  # of passages: some that the catalogues have


def weights(problem: str = "") -> WeightProof:
    names = [f"blk.{layer}.{name}.weight" for layer in range(18) for name in ("attn_q", "attn_k", "ffn_down", "ffn_up")]
    tensors = tuple(
        TensorProof(name, "Q8_0", 0.004 + 0.0001 * (number % 17), 0.001 + 0.0002 * (number % 5))
        for number, name in enumerate(names)
    )
    if problem:
        tensors = (replace(tensors[0], relative=math.inf, largest=math.inf, problem=problem), *tensors[1:])
    return WeightProof((*tensors, TensorProof("output_norm.weight", "F32", 0.0, 0.0)))


def vocabulary(is_sound: bool = True) -> VocabularyProof:
    texts = [
        TokenizedText("Hello, world", (2, 17, 4), (2, 17, 4)),
        TokenizedText("你好世界 🙂", (2, 7, 9), (2, 7, 9)),
    ]
    ask = "<start_of_turn>user\nHello<end_of_turn>\n<start_of_turn>model\n"
    conversations = [Conversation(text("One question"), ask, ask)]
    if is_sound:
        return VocabularyProof(tuple(texts), tuple(conversations), (1, 106), (1, 106))
    texts.append(TokenizedText(HARM, (2, 5, 6), (2, 5, 8, 9)))
    conversations.append(Conversation(text("An answer"), ask, ask.replace("model\n", f"model{HARM}")))
    problem = text("{text} is read otherwise.", text=HARM)
    return VocabularyProof(tuple(texts), tuple(conversations), (1, 106), (1,), (text("Not compared."),), (problem,))


def distributions(count: int = 60) -> DistributionProof:
    """Three passages of which the second has divergences ten times as large."""
    drawn = random.Random(7)
    passages = tuple(
        Passage(
            name,
            tuple(
                Position(
                    number,
                    10.0 ** drawn.gauss(-3.2 + (place == 1), 0.7),
                    drawn.random() > 0.04,
                    -drawn.expovariate(0.5),
                    -2.5,
                )
                for number in range(count)
            ),
        )
        for place, name in enumerate(NAMES)
    )
    return DistributionProof(passages, figures([one for passage in passages for one in passage.positions]))


def figures(positions: list[Position]) -> DistributionFigures:
    sorted_ones = sorted(one.divergence for one in positions)
    count = len(sorted_ones)
    return DistributionFigures(
        Figure(math.fsum(sorted_ones) / count, 0.000213),
        sorted_ones[count // 2],
        sorted_ones[int(count * 0.99)],
        sorted_ones[int(count * 0.999)],
        sorted_ones[-1],
        Figure(sum(one.same_best for one in positions) / count, 0.0121),
        Figure(0.01234567, 0.00123456),
        Figure(12.345678, 0.4321),
        Figure(12.456789, 0.4357),
    )


def answer(pieces_by_folder: list[str], pieces_by_file: list[str], tie: float = 0.02) -> Answer:
    def tokens(pieces: list[str]) -> tuple[Token, ...]:
        return tuple(Token(sum(map(ord, piece)), piece, math.log(0.41), math.log(0.41 - tie)) for piece in pieces)

    return Answer("Why is the sky blue?", tokens(pieces_by_folder), tokens(pieces_by_file))


def whole_report(verdict: Verdict = Verdict.CLOSE) -> VerificationReport:
    """Every step was done, and all is well."""
    start = ["The", " sky", " is", " blue", " because", " sunlight", " is", " scattered", " by"]
    return VerificationReport(
        Path("/models/tiny-gemma"),
        Path("/models/tiny-gemma-Q8_0.gguf"),
        verdict,
        text("{share:.1%} of the weights differ.", share=0.0),
        weights(),
        HeaderProof((), 40),
        vocabulary(),
        distributions(),
        (
            answer(
                [*start, " air", ".\n", "Blue", " light", " is", " scattered", " more", "."],
                [*start, " the", " air", "."],
            ),
            answer(start, start),
            answer(start, start[:-2]),
            answer(start, ["A", *start], tie=0.3),
        ),
        warnings=(text("Not compared."),),
        limits=(Limit(Verdict.CLOSE, 0.02), Limit(Verdict.DEGRADED, 0.2)),
        kept={"blk.0.attn_q.weight": Kept(1.0, 0.98, 0.0004)},
        sha256="0123456789abcdef" * 4,
        versions=(("MLX Ferry", "1.2.3"), ("mlx-lm", "0.32.2"), ("xllamacpp", "2026.10.1")),
        machine=text("{count:,} tensors", count=3),
        seconds=83.4,
    )


def empty_report() -> VerificationReport:
    """No step was done."""
    skipped = tuple(Skipped(step, text("There is too little memory.")) for step in Step)
    return VerificationReport(
        Path("/models/a"), Path("/models/a.gguf"), Verdict.BROKEN, text("Nothing was proved."), skipped=skipped
    )


def hostile_report() -> VerificationReport:
    """Whatever a folder can bring says HARM."""
    harm = text("{harm}", harm=HARM)
    report = whole_report(Verdict.BROKEN)
    assert report.distributions is not None
    first, *others = report.distributions.passages
    return replace(
        report,
        folder=Path(f"/models/{HARM.replace('/', '')}"),
        file=Path(f"/models/{HARM.replace('/', '')}.gguf"),
        reason=harm,
        weights=WeightProof((*weights(HARM).tensors, TensorProof(HARM, HARM, 1.0, 1.0, HARM)), harm),
        vocabulary=vocabulary(is_sound=False),
        distributions=replace(report.distributions, passages=(replace(first, name=harm), *others)),
        answers=(Answer(HARM, (Token(1, HARM, -0.5, -1.0),), (Token(2, HARM, -0.5, -1.0),)),),
        warnings=(harm,),
        sha256=HARM,
        versions=((HARM, HARM),),
        machine=harm,
    )
