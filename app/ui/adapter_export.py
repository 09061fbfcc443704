"""File > Export Adapter as GGUF…: the sheet and its plans; the file is written in the queue like a conversion's."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.ui.output.adapter_sheet import AdapterSheet
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_item import AdapterFile, QueueItem
from app.ui.session import Session
from app.ui.widgets.failure import show_failure
from app.ui.widgets.replacing import ask_before_writing
from app.ui.widgets.sheets import choose_file


class AdapterExport(QObject):
    """What is found out and asked before the file is written; what then goes on is the queue's to tell."""

    added = Signal(int)  # the number of the item in the queue

    def __init__(
        self, window: QWidget, session: Session, queue: ConversionQueue, usual_folder: Callable[[], Path]
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._queue, self._usual_folder = window, session, queue, usual_folder
        self.sheet: AdapterSheet | None = None

    def ask(self) -> None:
        """Open the sheet, if there is an adapter."""
        session = self._session
        if session.checkpoint is None or not session.adapters or self.sheet is not None:
            return
        sheet = AdapterSheet(self._window, session.adapters, session.checkpoint, self._usual_folder())
        self.sheet = sheet
        sheet.destination_wanted.connect(lambda: choose_file(sheet, sheet.chosen_target, sheet.set_destination))
        sheet.export_wanted.connect(lambda: self._export(sheet))
        session.state_changed.connect(sheet.reject)  # another folder, from the Dock
        job = session.plan_adapter_files()
        job.succeeded.connect(sheet.show_plans)
        job.failed.connect(self._failed)
        sheet.finished.connect(job.cancel)
        sheet.finished.connect(self._closed)

    def _export(self, sheet: AdapterSheet) -> None:
        plan, target = sheet.plan, sheet.chosen_target
        if plan is None or plan.blockers:
            return

        folder, title = self._folder_and_name()

        def write(overwrite: bool) -> None:
            sheet.accept()
            item = QueueItem(title, folder, AdapterFile(plan), (target,), overwrite=overwrite)
            self.added.emit(self._queue.add(item))

        ask_before_writing(sheet, [target], plan.folders, write)

    def _folder_and_name(self) -> tuple[Path, str]:
        assert self._session.checkpoint is not None
        return self._session.checkpoint.folder, self._session.checkpoint.name

    def _failed(self, error: BaseException) -> None:
        if self.sheet is not None:
            self.sheet.reject()
            show_failure(self._window, error)

    def _closed(self) -> None:
        self.sheet = None
