"""The one job whose result is waited for: a new one takes its place, and what it finds out is dropped."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.core.sandbox import no_children
from app.ui.job import Job, Work


class Foreground(QObject):
    """Starts jobs, one that counts and any number beside it."""

    progressed = Signal(object)  # Progress; like the others of the job that counts
    failed = Signal(object)  # the exception
    cancelled = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.job: Job | None = None

    def start(self, work: Work, on_success: Callable[[Any], object]) -> None:
        """Begin; from now on this is the job that counts."""
        job = Job(work, self)
        self.job = job

        def succeed(result: Any) -> None:
            if self.job is job:
                self.job = None
                on_success(result)

        def fail(error: BaseException) -> None:
            if self.job is job:
                self.job = None
                self.failed.emit(error)

        def stop() -> None:
            if self.job is job:
                self.job = None
                self.cancelled.emit()

        job.progressed.connect(lambda progress: self.progressed.emit(progress) if self.job is job else None)
        job.succeeded.connect(succeed)
        job.failed.connect(fail)
        job.cancelled.connect(stop)
        job.start()

    def cancel(self) -> None:
        """Ask the job that counts to stop; it answers, unless it was done already."""
        if self.job is not None:
            self.job.cancel()

    def beside(self, work: Work) -> Job:
        """Begin; what comes of it comes through the event loop, when the caller has connected."""
        job = Job(work, self)
        job.start()
        return job

    def drop(self) -> None:
        """Let what runs end on its own; nobody listens to it any more."""
        if self.job is not None:
            self.job.cancel()
            self.job = None

    def shut_down(self) -> None:
        """Stop and wait, for what was dropped and still runs too."""
        self.drop()
        with no_children():
            for job in self.findChildren(Job):
                job.cancel()
                job.wait()
