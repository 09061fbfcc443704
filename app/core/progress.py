"""Progress of a long task: its stage, how much is done of what, and the wish to cancel it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from app.core.errors import Cancelled
from app.core.human_text import bytes_in_words, duration_in_words
from app.core.text import Text, Titled, counted, text


class Stage(Titled):
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


class Effort:
    """What a task costs, in any unit, by kinds of work: how long a unit of each takes is measured as it goes.

    Costs that are known beforehand are those of another machine. A kind that was seen little, or not at all, is taken
    to be as slow as all others together.
    """

    TRUST = 0.005  # the share of the whole from which on a kind is believed more than the others

    def __init__(self, costs: Mapping[str, float]) -> None:
        self._left = dict(costs)
        self._trust = self.TRUST * sum(costs.values())
        self._spent: dict[str, float] = dict.fromkeys(costs, 0.0)
        self._seconds: dict[str, float] = dict.fromkeys(costs, 0.0)

    def spend(self, cost: float, kind: str, seconds: float) -> None:
        """So much of a kind took so long."""
        self._left[kind] -= cost
        self._spent[kind] += cost
        self._seconds[kind] += seconds

    @property
    def seconds_left(self) -> float | None:
        """None before anything is done."""
        spent = sum(self._spent.values())
        if spent <= 0:
            return None
        usual = sum(self._seconds.values()) / spent
        return sum(max(0.0, left) * self._rate(kind, usual) for kind, left in self._left.items())

    def _rate(self, kind: str, usual: float) -> float:
        weight = self._spent[kind] + self._trust
        return (self._seconds[kind] + usual * self._trust) / weight if weight else usual


class Meter:
    """Counts what is done of one task, reports it, and raises `Cancelled` when the user wants to stop.

    `effort` is what all of it costs, in any unit, where a byte of one thing takes longer than a byte of another: then
    the time that is left is told by it. By kinds, what each really costs is measured.
    """

    def __init__(
        self,
        stage: Stage,
        total: int,
        on_progress: OnProgress,
        is_cancelled: IsCancelled,
        effort: float | Mapping[str, float] | None = None,
        unit: Unit = Unit.BYTES,
    ) -> None:
        self._stage, self._total, self._unit = stage, total, unit
        self._on_progress, self._is_cancelled = on_progress, is_cancelled
        whole = float(total) if effort is None else effort
        self._effort = Effort(whole if isinstance(whole, Mapping) else {"": whole})
        self._done = 0
        self._started = self._advanced = time.monotonic()

    def advance(self, count: int, item: str, effort: float | None = None, kind: str = "") -> None:
        """Add what was just finished. Raises Cancelled."""
        if self._is_cancelled():
            raise Cancelled
        now = time.monotonic()
        self._done += count
        self._effort.spend(float(count) if effort is None else effort, kind, now - self._advanced)
        self._advanced = now
        seconds = now - self._started
        rate = self._done / seconds if seconds > 0 else 0.0
        left = self._effort.seconds_left
        self._on_progress(Progress(self._stage, self._done, self._total, item, rate, left, self._unit))
