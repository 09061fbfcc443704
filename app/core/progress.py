"""Progress of a long task: its stage, how much is done of what, and the wish to cancel it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from app.core.errors import Cancelled
from app.core.human_text import bytes_in_words, duration_in_words
from app.core.text import Text, counted, text


class Stage(Enum):
    """What is being done, in words."""

    COMPARE = text("Comparing lm_head")
    MEASURE = text("Measuring lm_head")
    SCALES = text("Checking scales")
    CHANGE = text("Measuring the fine-tune")
    STATISTICS = text("Reading values")
    CONVERT = text("Converting")
    DIGEST = text("Hashing")
    PROVE = text("Checking weights")
    PROVE_VOCABULARY = text("Checking the vocabulary")
    PREDICT = text("Comparing predictions")
    COPY = text("Copying")
    UPLOAD = text("Copying into Ollama")
    CREATE = text("Adding the model to Ollama")

    @property
    def title(self) -> Text:
        """What a person reads."""
        return self.value


class Unit(Enum):
    """What is counted."""

    BYTES = "bytes"
    TOKENS = "tokens"
    TENSORS = "tensors"
    STEPS = "steps"

    def amount(self, count: float) -> str:
        """So many of them, in words."""
        if self is Unit.BYTES:
            return bytes_in_words(count)
        if self is Unit.TOKENS:
            return counted("{count:,.0f} token", "{count:,.0f} tokens", round(count))
        if self is Unit.STEPS:
            return counted("{count:,.0f} step", "{count:,.0f} steps", round(count))
        return counted("{count:,.0f} tensor", "{count:,.0f} tensors", round(count))


@dataclass(frozen=True)
class Progress:
    """Where a task stands: `done` of `total` units, `rate` of them in a second on the average, `item` at hand.

    `seconds_left` is None before anything is done.
    """

    stage: Stage
    done: int
    total: int
    item: str
    rate: float
    seconds_left: float | None = None
    unit: Unit = Unit.BYTES

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.done / self.total if self.total else 1.0

    @property
    def in_words(self) -> tuple[Text, ...]:
        """How much is done, how fast, and how long it will take where that is known."""
        amount, left = self.unit.amount, self.seconds_left
        said: tuple[Text, ...] = (text("{done} of {total}", done=amount(self.done), total=amount(self.total)),)
        if self.unit is not Unit.STEPS:  # of which there are a few, that take seconds each
            said = (*said, text("{amount}/s", amount=amount(self.rate)))
        return said if left is None else (*said, text("{time} left", time=duration_in_words(left)))


OnProgress = Callable[[Progress], None]
IsCancelled = Callable[[], bool]


def ignore_progress(_: Progress) -> None:
    """For callers that do not want to know."""


def never_cancelled() -> bool:
    """For callers that cannot cancel."""
    return False


class Meter:
    """Counts what is done of one task, reports it, and raises `Cancelled` when the user wants to stop.

    `effort` is what all of it costs, in any unit, where a byte of one thing takes longer than a byte of another: then
    the time that is left is told by it.
    """

    def __init__(
        self,
        stage: Stage,
        total: int,
        on_progress: OnProgress,
        is_cancelled: IsCancelled,
        effort: float | None = None,
        unit: Unit = Unit.BYTES,
    ) -> None:
        self._stage, self._total, self._unit = stage, total, unit
        self._on_progress, self._is_cancelled = on_progress, is_cancelled
        self._effort = float(total) if effort is None else effort
        self._done, self._spent = 0, 0.0
        self._started = time.monotonic()

    def advance(self, count: int, item: str, effort: float | None = None) -> None:
        """Add what was just finished. Raises Cancelled."""
        if self._is_cancelled():
            raise Cancelled
        self._done += count
        self._spent += count if effort is None else effort
        seconds = time.monotonic() - self._started
        rate = self._done / seconds if seconds > 0 else 0.0
        left = max(0.0, seconds * (self._effort / self._spent - 1)) if self._spent else None
        self._on_progress(Progress(self._stage, self._done, self._total, item, rate, left, self._unit))
