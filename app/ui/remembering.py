"""Finished files are remembered as the queue tells of them, and made again with the choices that they had."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.convert import StageSeconds, WrittenFile
from app.core.errors import AppError
from app.core.model.fine_tunes import AdapterChoice
from app.core.model.imatrix import Imatrix
from app.core.plan import PlanOptions
from app.core.weights.imatrix_file import read_imatrix
from app.ui.history.finished_file import FinishedFile, finished_file, plan_options
from app.ui.library import Library
from app.ui.proof.file_check import FileCheck
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_item import QueueItem, Unopened
from app.ui.widgets.failure import show_failure

OpenAgain = Callable[[Path, Sequence[Path], PlanOptions], object]


class Remembering(QObject):
    """Connects the queue with the history. `open_again` opens a model with choices."""

    def __init__(self, window: QWidget, queue: ConversionQueue, library: Library, open_again: OpenAgain) -> None:
        super().__init__(window)
        self._window, self._queue, self._history, self._open_again = window, queue, library.history, open_again
        queue.written.connect(self._written)
        queue.checked.connect(self._checked)
        library.history_page.again_wanted.connect(self.make_again)
        library.history_page.check_wanted.connect(self.check)

    def make_again(self, one: FinishedFile) -> None:
        """Open what it was made from, with the same choices."""
        options = self._options_of(one)
        if options is not None:
            self._open_again(one.source, [used.path for used in one.adapters], options)

    def check(self, one: FinishedFile) -> None:
        """Compare it with what it was made from, which is opened for that alone."""
        options = self._options_of(one)
        if options is None:
            return
        written = WrittenFile(one.path, one.byte_count, 0, StageSeconds(0, 0, 0, 0), further=one.further)
        item = QueueItem(
            one.source_name,
            one.source,
            Unopened(options, lambda *_: one.path.parent),
            (one.path,),
            tuple(AdapterChoice(used.path, used.strength) for used in one.adapters),
            written=(written,),
            checks=(FileCheck(one.path),),
            to_check=(0,),
            check_count=1,
        )
        self._queue.add(item)

    def _options_of(self, one: FinishedFile) -> PlanOptions | None:
        try:
            return plan_options(one.options, _imatrix_of(one))
        except AppError as error:
            show_failure(self._window, error)
            return None

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
