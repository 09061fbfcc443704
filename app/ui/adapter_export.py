"""File > Export Adapter as GGUF…: the sheet, its plans, and the file, which the session writes like a conversion's."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core.convert import write_adapter
from app.core.plan.adapter import AdapterPlan
from app.ui.output.adapter_sheet import AdapterSheet
from app.ui.session import Session
from app.ui.widgets.failure import show_failure
from app.ui.widgets.replacing import ask_before_writing
from app.ui.widgets.sheets import choose_file


class AdapterExport(QObject):
    """What is found out and asked before the file is written; what then goes on is the session's to tell."""

    written = Signal(object)  # WrittenFile

    def __init__(self, window: QWidget, session: Session, usual_folder: Callable[[], Path]) -> None:
        super().__init__(window)
        self._window, self._session, self._usual_folder = window, session, usual_folder
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

        def write(overwrite: bool) -> None:
            sheet.accept()
            self._write(plan, target, overwrite)

        ask_before_writing(sheet, [target], plan.folders, write)

    def _write(self, plan: AdapterPlan, target: Path, overwrite: bool) -> None:
        self._session.write(
            [target],
            lambda on_progress, is_cancelled: write_adapter(
                plan, target, overwrite=overwrite, on_progress=on_progress, is_cancelled=is_cancelled
            ),
            self.written.emit,
        )

    def _failed(self, error: BaseException) -> None:
        if self.sheet is not None:
            self.sheet.reject()
            show_failure(self._window, error)

    def _closed(self) -> None:
        self.sheet = None
