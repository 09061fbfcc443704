"""Finished files are remembered as the queue tells of them, and made again with the choices that they had."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.errors import AppError
from app.core.model.imatrix import Imatrix
from app.core.plan import PlanOptions
from app.core.weights.imatrix_file import read_imatrix
from app.ui.history.finished_file import FinishedFile, finished_file, plan_options
from app.ui.library import Library
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_item import QueueItem
from app.ui.widgets.failure import show_failure

OpenAgain = Callable[[Path, Sequence[Path], PlanOptions], object]


class Remembering(QObject):
    """Connects the queue with the history. `open_again` opens a model with choices."""

    def __init__(self, window: QWidget, queue: ConversionQueue, library: Library, open_again: OpenAgain) -> None:
        super().__init__(window)
        self._window, self._history, self._open_again = window, library.history, open_again
        queue.written.connect(self._written)
        queue.checked.connect(self._checked)
        library.history_page.again_wanted.connect(self.make_again)

    def make_again(self, one: FinishedFile) -> None:
        """Open what it was made from, with the same choices."""
        try:
            options = plan_options(one.options, _imatrix_of(one))
        except AppError as error:
            show_failure(self._window, error)
            return
        self._open_again(one.source, [used.path for used in one.adapters], options)

    def _written(self, item: QueueItem) -> None:
        for one in item.finished:
            self._history.add(finished_file(one.written, one.prepared, one.plan, time.time()))

    def _checked(self, item: QueueItem, number: int) -> None:
        check, written = item.checks[number], item.written[number]
        if check.report is not None:
            digests = () if written.further else (check.report.sha256,)
            self._history.note_proof(check.path, check.report.verdict, tuple(filter(None, digests)))


def _imatrix_of(one: FinishedFile) -> Imatrix | None:
    return read_imatrix(one.options.imatrix) if one.options.imatrix is not None else None
