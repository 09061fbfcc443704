"""What the engines said, as sections of the page: the distributions and the answers."""

import math

from app.core.text import NOTHING, Text, counted, text
from app.core.verify.page.chart import kld_chart, mean_of
from app.core.verify.page.parts import Column, Drawing, Pair, Paragraph, Part, Section, Side, Table, visible
from app.core.verify.page.proof_sections import BY_FILE, BY_FOLDER
from app.core.verify.results.report import (
    Answer,
    DistributionFigures,
    DistributionProof,
    Figure,
    Limit,
    Passage,
    Token,
)

NEARLY = 0.8  # of the likeliest token's probability: what rounding can turn around


def distributions_section(proof: DistributionProof, limits: tuple[Limit, ...]) -> Section:
    """The chart, the figures as llama-perplexity has them, and each passage."""
    passages = [passage for passage in proof.passages if passage.positions]
    parts: list[Part] = [
        Paragraph(
            text(
                "Both engines read the same text. At each position, the probabilities that they give to all tokens are "
                "compared by their Kullback-Leibler divergence (KLD): 0 means that they agree exactly."
            )
        )
    ]
    if passages:
        parts.append(_drawing(proof, limits))
    parts.append(_figures(proof.figures))
    if passages:
        parts.append(_passages(passages))
    return Section(text("Next-token distributions"), tuple(parts))


def _drawing(proof: DistributionProof, limits: tuple[Limit, ...]) -> Drawing:
    figures = proof.figures
    return Drawing(
        kld_chart(proof, limits),
        text("KLD of each position, in nats (logarithmic axis)"),
        text(
            "Half of the positions lie below {median:.3g} nats, 99% below {most:.3g}; the largest has {largest:.3g}.",
            median=figures.median,
            most=figures.percentile_99,
            largest=figures.maximum,
        ),
        (
            text("the same likeliest token"),
            text("another likeliest token"),
            text("mean of a passage"),
            text("largest mean for a verdict") if limits else NOTHING,
        ),
    )


def _figures(figures: DistributionFigures) -> Table:
    in_nats = text("nats")
    rows = (
        (text("Mean KLD"), _nats(figures.mean.value), _nats(figures.mean.error), in_nats),
        (text("Median KLD"), _nats(figures.median), "", in_nats),
        (text("99% KLD"), _nats(figures.percentile_99), "", in_nats),
        (text("99.9% KLD"), _nats(figures.percentile_99_9), "", in_nats),
        (text("Maximum KLD"), _nats(figures.maximum), "", in_nats),
        (text("Same top p"), *_percent(figures.same_top), "%"),
        (text("RMS Δp"), *_percent(figures.rms_change), "%"),
        (text("Perplexity of the folder"), *_perplexity(figures.perplexity_of_folder), ""),
        (text("Perplexity of the file"), *_perplexity(figures.perplexity_of_file), ""),
    )
    columns = (
        Column(text("Figure, as llama-perplexity names it")),
        Column(text("Value"), "number"),
        Column(text("± standard error"), "number"),
        Column(text("Unit")),
    )
    return Table(columns, rows)


def _nats(nats: float) -> str:
    return f"{nats:.6f}"


def _percent(figure: Figure) -> tuple[str, str]:
    return f"{100 * figure.value:.3f}", f"{100 * figure.error:.3f}"


def _perplexity(figure: Figure) -> tuple[str, str]:
    return f"{figure.value:.4f}", f"{figure.error:.4f}"


def _passages(passages: list[Passage]) -> Table:
    columns = (
        Column(text("Passage")),
        Column(text("Positions"), "number"),
        Column(text("Mean KLD"), "number"),
        Column(text("Maximum KLD"), "number"),
        Column(text("Same top p"), "number"),
    )
    rows = tuple(
        (
            passage.name,
            f"{len(passage.positions):,}",
            _nats(mean_of(passage)),
            _nats(max(one.divergence for one in passage.positions)),
            f"{sum(one.same_best for one in passage.positions) / len(passage.positions):.2%}",
        )
        for passage in passages
    )
    return Table(columns, rows)


def answers_section(answers: tuple[Answer, ...]) -> Section:
    """Each prompt, with both answers next to each other."""
    said = text(
        "Both engines continue the prompt with the likeliest token each time. After the first difference they continue "
        "different texts, so that what follows says nothing about the file."
    )
    return Section(text("Answers"), (Paragraph(said), *map(_pair, answers)))


def _pair(answer: Answer) -> Pair:
    place = answer.first_difference
    left, right = _side(BY_FOLDER, answer.by_folder, place), _side(BY_FILE, answer.by_file, place)
    return Pair(NOTHING, left, right, answer.prompt, _difference(answer, place))


def _side(title: Text, tokens: tuple[Token, ...], place: int | None) -> Side:
    if place is None:
        return Side(title, _text(tokens))
    marked = "".join(_visible(token) for token in tokens[place : place + 1])
    return Side(title, _text(tokens[:place]), marked, _text(tokens[place + 1 :]))


def _visible(token: Token) -> str:
    """A token that is no text, such as the one that ends it, has its number."""
    return visible(token.piece) or f"[{token.id}]"


def _text(tokens: tuple[Token, ...]) -> str:
    return "".join(token.piece for token in tokens)


def _difference(answer: Answer, place: int | None) -> Text:
    """What the first difference means."""
    if place is None:
        return counted("The same {count:,} token.", "The same {count:,} tokens.", len(answer.by_folder))
    if place >= len(answer.by_folder):
        return text("The folder's answer ends here, the file's goes on.")
    if place >= len(answer.by_file):
        return text("The file's answer ends here, the folder's goes on.")
    first = answer.by_folder[place]
    values = {
        "number": place + 1,
        "first": _probability(first.log_probability),
        "second": _probability(first.second_log_probability),
    }
    if values["second"] >= NEARLY * values["first"]:
        return text(
            "Token {number:,} is the first to differ. It is a near tie: the folder gives its two likeliest tokens "
            "{first:.1%} and {second:.1%}, so that the slightest rounding decides.",
            **values,
        )
    return text(
        "Token {number:,} is the first to differ. It is no near tie: the folder gives its two likeliest tokens "
        "{first:.1%} and {second:.1%}.",
        **values,
    )


def _probability(logarithm: float) -> float:
    return math.exp(min(logarithm, 0.0))
