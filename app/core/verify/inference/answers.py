"""What both engines chose, token by token, with the pieces of text that the tokens stand for."""

from codecs import getincrementaldecoder
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from app.core.errors import VerificationError
from app.core.text import text
from app.core.verify.inference.prompts import Prompt
from app.core.verify.results.report import Answer, Token

Pieces = Mapping[int, bytes]


@dataclass(frozen=True)
class Chosen:
    """A token that an engine chose, and the log-probabilities of the two likeliest."""

    id: int
    log_probability: float
    second_log_probability: float


def chosen(said: Iterable[Mapping[str, Any]]) -> tuple[Chosen, ...]:
    """An engine's own words; what is no number is impossible."""
    return tuple(
        Chosen(one["id"], *(_number(one[name]) for name in ("log_probability", "second_log_probability")))
        for one in said
    )


def ids_in(answers: Iterable[tuple[Chosen, ...]], token_count: int) -> list[int]:
    """All that were chosen, in order. Raises VerificationError where a file of `token_count` tokens lacks one."""
    found = sorted({one.id for answer in answers for one in answer})
    if found and found[-1] >= token_count:
        raise VerificationError(
            text(
                "The folder predicts the token {token:,}, and the file has only {count:,} tokens.",
                token=found[-1],
                count=token_count,
            )
        )
    return found


def answers_of(
    prompts: Sequence[Prompt],
    by_folder: Sequence[tuple[Chosen, ...]],
    by_file: Sequence[tuple[Chosen, ...]],
    pieces: Pieces,
) -> tuple[Answer, ...]:
    """One for each prompt. `pieces` has the bytes of every token that was chosen."""
    return tuple(
        Answer(prompt.text, _tokens(one, pieces), _tokens(other, pieces))
        for prompt, one, other in zip(prompts, by_folder, by_file, strict=True)
    )


def _tokens(said: tuple[Chosen, ...], pieces: Pieces) -> tuple[Token, ...]:
    """A character that several tokens make together is the piece of the last one of these."""
    decoder = getincrementaldecoder("utf-8")(errors="replace")
    return tuple(
        Token(
            one.id,
            decoder.decode(pieces[one.id], final=place == len(said) - 1),
            one.log_probability,
            one.second_log_probability,
        )
        for place, one in enumerate(said)
    )


def _number(value: float) -> float:
    return float("-inf") if isnan(value) else value
