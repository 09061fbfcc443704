"""Looks for models on this Mac: at the start, and again when the window comes to the front after a while."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.deliver.models_here import models_here
from app.core.progress import IsCancelled, OnProgress
from app.ui.job import Job

SECONDS_BETWEEN = 30


class Scanning(QObject):
    """Emits `found`, a tuple of ModelHere, each time that a search has come to its end."""

    found = Signal(object)
    failed = Signal(object)  # the exception

    def __init__(
        self,
        used: Callable[[], Iterable[Path]],
        parent: QObject | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`used`: folders that were open before, in which and beside which models may lie."""
        super().__init__(parent)
        self._used, self._now = used, now
        self._job: Job | None = None
        self._ended_at: float | None = None
        self._is_over = False

    def start(self) -> None:
        """Look now, unless that goes on."""
        if self._job is not None or self._is_over:
            return
        used = tuple(self._used())

        def work(_: OnProgress, is_cancelled: IsCancelled) -> object:
            return models_here(used, is_cancelled)

        self._job = Job(work, self)
        self._job.succeeded.connect(self._tell)
        self._job.failed.connect(self.failed)
        self._job.ended.connect(self._ended)
        self._job.start()

    def window_activated(self) -> None:
        """Look again, if the last time is a while ago: something may have been downloaded."""
        if self._ended_at is not None and self._now() - self._ended_at >= SECONDS_BETWEEN:
            self.start()

    def shut_down(self) -> None:
        """Stop and wait; the program is about to end."""
        self._is_over = True
        if self._job is not None:
            self._job.cancel()
            self._job.wait()

    def _tell(self, models: object) -> None:
        if not self._is_over:  # a search that was stopped has only a part of them
            self.found.emit(models)

    def _ended(self) -> None:
        self._job, self._ended_at = None, self._now()
