"""An importance matrix, read from its file beside the plans that are on their way."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.model.imatrix import Imatrix
from app.core.weights.imatrix_file import read_imatrix
from app.ui.foreground import Foreground
from app.ui.job import Job


class ImatrixReading(QObject):
    """Of several files the last one counts."""

    read = Signal(object)  # Imatrix
    failed = Signal(object)  # the exception

    def __init__(self, jobs: Foreground) -> None:
        super().__init__(jobs)
        self._jobs = jobs
        self._job: Job | None = None
        self._afterwards: Callable[[], None] | None = None

    @property
    def goes_on(self) -> bool:
        """Whether a file is being read."""
        return self._job is not None

    def start(self, path: Path) -> None:
        """Read it."""
        self.drop()
        self._job = job = self._jobs.beside(lambda *_: read_imatrix(path))
        job.succeeded.connect(lambda imatrix: self._ended(job, imatrix))
        job.failed.connect(lambda error: self._ended(job, error))

    def afterwards(self, then: Callable[[], None]) -> None:
        """To be done when the file has been read; not after an error."""
        self._afterwards = then

    def drop(self) -> None:
        """What is being read is not wanted any more."""
        self._job = self._afterwards = None

    def _ended(self, job: Job, came: Imatrix | BaseException) -> None:
        if self._job is not job:
            return
        then = self._afterwards
        self.drop()
        if isinstance(came, BaseException):
            self.failed.emit(came)
            return
        self.read.emit(came)
        if then is not None:
            then()
