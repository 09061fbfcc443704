"""Which finished files are checked, one after the other, and what came of it; the window and the command are told."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.errors import AppError
from app.core.text import text
from app.core.verify.report import VerificationReport
from app.core.verify.write_verification import write_verification
from app.ui import desktop, say
from app.ui.model_page import ModelPage
from app.ui.proof.file_check import FileCheck
from app.ui.session import Session, State
from app.ui.session_work import Finished
from app.ui.settings import Settings
from app.ui.widgets import sheets
from app.ui.widgets.failure import show_failure


class Checking(QObject):
    """Connects the session's checks with what shows them on the page of the model."""

    def __init__(self, window: QWidget, session: Session, page: ModelPage, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._session, self._page, self._settings = window, session, page, settings
        self._finished: tuple[Finished, ...] = ()
        self.checks: list[FileCheck] = []
        self._queue: list[int] = []  # numbers of the files to check, the one at hand first
        self._count = 0  # of those that were in the queue together
        session.converted.connect(self._converted)
        session.checked.connect(self._checked)
        session.cancelled.connect(self._stopped)
        session.failed.connect(self._stopped)
        session.state_changed.connect(self._state_changed)
        session.folder_changed.connect(self.forget)
        page.output.again_wanted.connect(self.forget)
        page.output.check_wanted.connect(self.check_all)
        page.output.details_toggled.connect(page.show_proof)
        page.output.checks_afterwards_chosen.connect(settings.set_checks_afterwards)
        page.output.show_checks_afterwards(settings.checks_afterwards())
        page.proof.check_wanted.connect(lambda number: self._begin([number]))
        page.proof.save_wanted.connect(self._ask_where_to_save)

    def check_all(self) -> None:
        """Those that have no report yet; where all have one, all of them again. The details come into sight."""
        missing = [number for number, check in enumerate(self.checks) if check.report is None]
        self._begin(missing or list(range(len(self.checks))))
        self._page.output.show_details(True)

    def forget(self, *_: object) -> None:
        """There are no finished files any more."""
        self._finished, self.checks, self._queue = (), [], []
        self._page.output.show_details(False)
        self._page.output.show_form()
        self._page.proof.show_checks(())

    def _converted(self) -> None:
        self._finished = self._session.finished
        self.checks = [FileCheck(one.written.path) for one in self._finished]
        self._show(0)
        if self._settings.checks_afterwards():
            self._begin(list(range(len(self.checks))))

    def _begin(self, numbers: Sequence[int]) -> None:
        if numbers and self._session.state is State.READY:
            self._queue, self._count = list(numbers), len(numbers)
            self._session.check(self._finished[numbers[0]])

    def _state_changed(self, state: State) -> None:
        if state is State.CHECKING and self._queue:
            number = self._queue[0]
            self.checks[number] = replace(self.checks[number], report=None, failure="", is_running=True)
            said = text("Checking {file}", file=self.checks[number].path.name)
            if self._count > 1:
                place = self._count - len(self._queue) + 1
                said = text("{what}, {number} of {count}", what=said, number=place, count=self._count)
            self._page.output.show_started(said)
            self._show(number)
        elif self.checks:
            self._show(None)

    def _checked(self, came: VerificationReport | str) -> None:
        if not self._queue:
            return
        number, *rest = self._queue
        path = self.checks[number].path
        found = FileCheck(path, came) if isinstance(came, VerificationReport) else FileCheck(path, failure=came)
        self.checks[number], self._queue = found, rest
        desktop.announce(self._window, text("{file}: {verdict}", file=path.name, verdict=found.word))
        if rest:
            self._session.check(self._finished[rest[0]])
        else:
            self._page.output.show_done()
        self._show(number)

    def _stopped(self, *_: object) -> None:
        self._queue = []
        self.checks = [replace(check, is_running=False) for check in self.checks]
        if self.checks:
            self._show(None)

    def _show(self, current: int | None) -> None:
        can_check = self._session.state is State.READY
        self._page.output.show_checks(self.checks, can_check)
        self._page.proof.show_checks(self.checks, current)
        self._page.proof.set_enabled(can_check)

    # ---- the report

    def _ask_where_to_save(self, number: int) -> None:
        file = self.checks[number].path
        sheets.save_report(
            self._window, file.with_name(f"{file.stem}-check.html"), lambda path: self._save(number, path)
        )

    def _save(self, number: int, path: Path) -> None:
        report = self.checks[number].report
        if report is None:
            return
        try:
            write_verification(report, self._finished[number].plan, path, overwrite=True, language=say.spoken())
        except AppError as error:
            show_failure(self._window, error)
