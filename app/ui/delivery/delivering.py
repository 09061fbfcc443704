"""Brings files to programs, one after the other, and asks each model there: the jobs behind the row of buttons."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.core.progress import IsCancelled, OnProgress
from app.ui.delivery.orders import REPLACEABLE, Delivered, Order, deliver
from app.ui.job import Job, Work


class Delivering(QObject):
    """One thing at a time; a wish that comes meanwhile is not heard, for its buttons are off."""

    started = Signal(object)  # Text: what is going on
    progressed = Signal(object)  # Progress
    delivered = Signal(object)  # Delivered; it is asked next, if it can be
    asking = Signal()
    answered = Signal(object)  # Answer
    silent = Signal(object)  # the error why there is no answer: the file has arrived all the same
    failed = Signal(object, bool)  # the error, and whether it may be tried again with `replace`
    stopped = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self._order: Order | None = None
        self._delivered: Delivered | None = None
        self._is_over = False

    @property
    def is_busy(self) -> bool:
        """Whether something goes on."""
        return self._job is not None

    def deliver(self, order: Order, overwrite: bool = False) -> None:
        """Bring a file to a program."""
        if self.is_busy or self._is_over:
            return
        self._order, self._delivered = order, None
        self.started.emit(order.program.doing)

        def work(on_progress: OnProgress, is_cancelled: IsCancelled) -> Delivered:
            return deliver(order, overwrite, on_progress, is_cancelled)

        self._start(work, self._arrived, self._failed)

    def replace(self) -> None:
        """Do once more what was refused because something had the name."""
        if self._order is not None:
            self.deliver(self._order, overwrite=True)

    def ask(self) -> None:
        """One short question to what has arrived last."""
        found = self._delivered
        if self.is_busy or self._is_over or found is None or found.ask is None:
            return
        ask = found.ask
        self.asking.emit()
        self._start(lambda _, is_cancelled: ask(is_cancelled), self.answered.emit, self.silent.emit)

    def cancel(self) -> None:
        """Stop what goes on."""
        if self._job is not None:
            self._job.cancel()

    def forget(self) -> None:
        """Another file is at hand."""
        self.cancel()
        self._job = self._order = self._delivered = None

    def shut_down(self) -> None:
        """Stop and wait; the program is about to end."""
        self._is_over = True
        for job in self.findChildren(Job):
            job.cancel()
            job.wait()

    def _start(self, work: Work, succeeded: Callable[[Any], object], failed: Callable[[Any], object]) -> None:
        job = self._job = Job(work, self)
        job.progressed.connect(self.progressed)
        job.succeeded.connect(lambda found: self._end(job, succeeded, found))
        job.failed.connect(lambda error: self._end(job, failed, error))
        job.cancelled.connect(lambda: self._end(job, lambda _: self.stopped.emit(), None))
        job.start()

    def _end(self, job: Job, tell: Callable[[Any], object], what: object) -> None:
        """What comes of a job after another file is at hand is not told."""
        if job is self._job:
            self._job = None
            if not self._is_over:
                tell(what)

    def _arrived(self, found: Delivered) -> None:
        self._delivered = found
        self.delivered.emit(found)
        self.ask()

    def _failed(self, error: Exception) -> None:
        self.failed.emit(error, isinstance(error, REPLACEABLE))
