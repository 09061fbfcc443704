"""A thing that is tried, and how it says that it went wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.errors import AppError
from app.core.text import Text


@dataclass(frozen=True)
class Check:
    """`title`: what holds if it goes well. `run` returns details worth printing, and raises where it fails."""

    title: Text
    run: Callable[[], Sequence[str]]


class CheckFailedError(AppError):
    """What was expected is not so; the message says what was found instead."""
