"""One core function off the UI thread.

The job lives on the UI thread and relays; the work runs in `QThread.run`. A signal of an object on the worker would run
lambdas there.
"""

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from app.core.errors import Cancelled
from app.core.progress import IsCancelled, OnProgress, Progress

SECONDS_BETWEEN = 0.05  # between two reports; the eye sees no more
FRAME = 16  # milliseconds, in which Qt paints what has changed: it does so by the screen's clock

Work = Callable[[OnProgress, IsCancelled], Any]


class _Worker(QThread):
    reported = Signal(object)

    def __init__(self, work: Work, parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._reported_at = 0.0
        self.is_cancelled = False
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._work(self._report, lambda: self.is_cancelled)
        except BaseException as error:  # sorted by the session, on the UI thread
            self.error = error

    def _report(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._reported_at >= SECONDS_BETWEEN or progress.done >= progress.total:
            self._reported_at = now
            self.reported.emit(progress)


class Job(QObject):
    """Runs `work(on_progress, is_cancelled)` once. Exactly one of succeeded, failed, cancelled comes, then ended.

    Nothing comes of one that has not begun when the program ends.
    """

    progressed = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    ended = Signal()

    def __init__(self, work: Work, parent: QObject) -> None:
        super().__init__(parent)
        self._worker = _Worker(work, self)
        self._worker.reported.connect(self.progressed)
        self._worker.finished.connect(self._finish)
        self._soon = QTimer(self, singleShot=True, interval=FRAME)
        self._soon.timeout.connect(self._worker.start)

    def start(self) -> None:
        """Begin as soon as what is to be seen is painted: Qt and the work would wait for Python by turns."""
        self._soon.start()

    def cancel(self) -> None:
        """Ask the work to stop; it answers by `cancelled`, unless it was done already."""
        self._worker.is_cancelled = True

    def wait(self) -> None:
        """Block until the work has ended; what has not begun never will. For the end of the program only."""
        self._soon.stop()
        self._worker.wait()

    def _finish(self) -> None:
        error = self._worker.error
        if error is None:
            self.succeeded.emit(self._worker.result)
        elif isinstance(error, Cancelled):
            self.cancelled.emit()
        else:
            self.failed.emit(error)
        self.ended.emit()
        self.deleteLater()
