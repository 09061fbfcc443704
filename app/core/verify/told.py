"""The figures of a proof as rows, and what a difference between two answers means."""

import math

from app.core.text import Text, text
from app.core.verify.report import Answer, DistributionFigures, Figure, Token

# Nats between the likeliest token and the next one: what quantizing changes on the average is of this order.
NEAR_TIE = 0.25


def figures_in_words(figures: DistributionFigures) -> tuple[tuple[Text, str], ...]:
    """Titles as llama-perplexity has them, and values with their standard errors; divergences in nats."""
    return (
        (text("Mean KLD"), _with_error(figures.mean, ".6f")),
        (text("Median KLD"), f"{figures.median:.6f}"),
        (text("99.0 % KLD"), f"{figures.percentile_99:.6f}"),
        (text("99.9 % KLD"), f"{figures.percentile_99_9:.6f}"),
        (text("Maximum KLD"), f"{figures.maximum:.6f}"),
        (text("Same top p"), _with_error(figures.same_top, ".2%")),
        (text("RMS Δp"), _with_error(figures.rms_change, ".3%")),
        (text("Perplexity of the folder"), _with_error(figures.perplexity_of_folder, ".4f")),
        (text("Perplexity of the file"), _with_error(figures.perplexity_of_file, ".4f")),
    )


def _with_error(figure: Figure, form: str) -> str:
    return f"{figure.value:{form}} ± {figure.error:{form}}"


def difference_in_words(answer: Answer) -> Text:
    """Where two answers part, and whether that means anything."""
    place = answer.first_difference
    if place is None:
        return text("Both give the same answer.")
    if place >= len(answer.by_folder):
        return text("mlx-lm ends its answer here; llama.cpp goes on.")
    if place >= len(answer.by_file):
        return text("llama.cpp ends its answer here; mlx-lm goes on.")
    mine, other = answer.by_folder[place], answer.by_file[place]
    chances = {
        "number": place + 1,
        "mine": math.exp(mine.log_probability),
        "mine_second": math.exp(mine.second_log_probability),
        "other": math.exp(other.log_probability),
        "other_second": math.exp(other.second_log_probability),
    }
    if min(_gap(mine), _gap(other)) < NEAR_TIE:
        return text(
            "A near tie at token {number}: mlx-lm gives its choice {mine:.1%} and the next one {mine_second:.1%}, "
            "llama.cpp {other:.1%} and {other_second:.1%}. Rounding decides here, and all that follows builds on it.",
            **chances,
        )
    return text(
        "No near tie at token {number}: mlx-lm gives its choice {mine:.1%} and the next one {mine_second:.1%}, "
        "llama.cpp {other:.1%} and {other_second:.1%}. The two compute differently here.",
        **chances,
    )


def _gap(token: Token) -> float:
    return token.log_probability - token.second_log_probability
