"""Progress of a long task in bytes, and the wish to cancel it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from app.core.errors import Cancelled


@dataclass(frozen=True)
class Progress:
    """Where a task stands. `item` is the tensor at hand, `bytes_per_second` the mean rate since the start."""

    stage: str
    bytes_done: int
    bytes_total: int
    item: str
    bytes_per_second: float

    @property
    def seconds_left(self) -> float | None:
        """Estimated from the mean rate; None before anything is done."""
        if not self.bytes_per_second:
            return None
        return (self.bytes_total - self.bytes_done) / self.bytes_per_second


OnProgress = Callable[[Progress], None]
IsCancelled = Callable[[], bool]


def ignore_progress(_: Progress) -> None:
    """For callers that do not want to know."""


def never_cancelled() -> bool:
    """For callers that cannot cancel."""
    return False


class Meter:
    """Counts the bytes of one task, reports them, and raises `Cancelled` when the user wants to stop."""

    def __init__(self, stage: str, bytes_total: int, on_progress: OnProgress, is_cancelled: IsCancelled) -> None:
        self._stage, self._total = stage, bytes_total
        self._on_progress, self._is_cancelled = on_progress, is_cancelled
        self._done = 0
        self._started = time.monotonic()

    def advance(self, byte_count: int, item: str) -> None:
        """Add what was just finished. Raises Cancelled."""
        if self._is_cancelled():
            raise Cancelled
        self._done += byte_count
        seconds = time.monotonic() - self._started
        rate = self._done / seconds if seconds > 0 else 0.0
        self._on_progress(Progress(self._stage, self._done, self._total, item, rate))
