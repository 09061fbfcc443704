"""What came of the item that was made of the open model is shown on its page, as long as nothing else is chosen."""

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.convert import WrittenFile
from app.core.errors import AppError
from app.core.findings import Finding
from app.core.verify.write_verification import write_verification
from app.ui import say
from app.ui.delivery.delivering import Delivering
from app.ui.history.finished_file import finished_file
from app.ui.model_page import ModelPage
from app.ui.output.result import lost_in
from app.ui.proof.file_check import FileCheck
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_item import AdapterFile, Finished, ItemState, ModelFiles, QueueItem
from app.ui.session import Session, State
from app.ui.widgets import sheets
from app.ui.widgets.failure import show_failure
from app.ui.widgets.revealing import reveal


class PageResult(QObject):
    """Connects one item of the queue with the page of the model."""

    def __init__(self, window: QWidget, session: Session, queue: ConversionQueue, page: ModelPage) -> None:
        super().__init__(window)
        self._window, self._session, self._queue, self._page = window, session, queue, page
        self._number = 0  # of the item that the page follows
        self._seen: QueueItem | None = None  # that item as it was last, for it can be taken out of the queue
        self._brought: WrittenFile | None = None  # what delivery is about
        self._delivering = Delivering(self)
        page.output.delivery.follow(self._delivering)
        queue.changed.connect(self._changed)
        queue.written.connect(self._written)
        queue.failed.connect(self._failed)
        session.folder_changed.connect(lambda _: self.forget())
        page.output.again_wanted.connect(self.forget)
        page.output.reveal_wanted.connect(self.reveal)
        page.output.check_wanted.connect(self.check_all)
        page.output.file_chosen.connect(self._show_in_table)
        page.output.details_wanted.connect(lambda: page.show_proof(True))
        page.proof.check_wanted.connect(lambda number: self._check([number]))
        page.proof.save_wanted.connect(self._ask_where_to_save)

    @property
    def item(self) -> QueueItem | None:
        """The item that the page follows, whether or not it is in the queue still."""
        return self._queue.item(self._number) or self._seen

    @property
    def written(self) -> tuple[WrittenFile, ...]:
        """Its files."""
        return self.item.written if self.item is not None else ()

    @property
    def checks(self) -> tuple[FileCheck, ...]:
        """How the checks of its files stand."""
        return self.item.checks if self.item is not None else ()

    @property
    def is_shown(self) -> bool:
        """Whether there are files, and the page is about them."""
        return bool(self.written) and self._is_as_chosen()

    @property
    def lost(self) -> Sequence[Finding] | None:
        """What the model's files that are shown turned out to lack; None where none are shown."""
        is_model = self.item is not None and isinstance(self.item.made, ModelFiles)
        return lost_in(self.written) if is_model and self.is_shown else None

    def follow(self, number: int) -> None:
        """The item that was just made of the open model."""
        self._number, self._seen = number, self._queue.item(number)
        self._delivering.forget()
        self._show_checks(0)

    def forget(self) -> None:
        """Back to the choices; the item stays in the queue."""
        self._number, self._seen = 0, None
        self._delivering.forget()
        self._page.show_proof(False)
        self._page.output.show_form()
        self._page.overview.show_outcome(None)
        self._page.proof.show_checks(())

    def shut_down(self) -> None:
        """Wait for what is on its way to a program; this one is about to end."""
        self._delivering.shut_down()

    def reveal(self) -> None:
        """Show the finished file."""
        if self.written:
            reveal(self._window, self.written[0].path)

    def check_all(self) -> None:
        """Those that have no report yet; where all have one, all of them again. The details come into sight."""
        missing = [number for number, check in enumerate(self.checks) if check.report is None]
        self._check(missing or range(len(self.checks)))
        self._page.show_proof(True)

    def _check(self, numbers: Sequence[int]) -> None:
        if self._seen is not None and self._queue.item(self._number) is None:
            self._number = self._queue.add(self._seen)
        self._queue.check(self._number, numbers)

    @property
    def can_check(self) -> bool:
        """Whether a check of its files can be asked for."""
        return self.is_shown and bool(self.checks) and self.item is not None and self.item.state is ItemState.DONE

    def show_files_if_chosen(self) -> None:
        """The files, while converting again would write the same; else the choices."""
        output, item, lost = self._page.output, self.item, self.lost
        self._page.overview.show_outcome(lost)
        if item is None or not self.is_shown:
            self._page.show_proof(False)
            output.show_form()
            return
        if isinstance(item.made, AdapterFile):
            output.show_adapter(item.written[0])
            return
        plan = self._session.plan
        assert plan is not None
        output.show_result(item.written, plan.lm_head)
        self._show_in_table(0)
        self._page.show_findings(plan, lost or ())
        self._show_checks(0)

    def _show_in_table(self, number: int) -> None:
        """The tensors of one of the files, with what converting made of them."""
        if self.item is not None and number < len(self.item.finished):
            finished = self.item.finished[number]
            self._page.show_file(finished.plan, finished.written)
            self._bring(finished)

    def _bring(self, finished: Finished) -> None:
        """What is on its way to a program, or has arrived there, stays in sight."""
        if self._brought is not finished.written and not self._delivering.is_busy:
            self._brought = finished.written
            made = finished_file(finished.written, finished.prepared, finished.plan, time.time())
            self._page.output.delivery.show_file(made, has_plan=True)

    # ---- what the queue tells

    def _written(self, item: QueueItem) -> None:
        if item.number == self._number:
            self.show_files_if_chosen()

    def _changed(self, item: QueueItem) -> None:
        if item.number != self._number:
            return
        self._seen = item
        if item.checks:
            self._show_checks(item.to_check[0] if item.state is ItemState.CHECKING else None)

    def _failed(self, item: QueueItem) -> None:
        """A sheet only for who waits for it; the others are told in their rows."""
        if item.number == self._number and item.failure is not None:
            show_failure(self._window, item.failure)

    def _is_as_chosen(self) -> bool:
        """Whether converting now would write the same files again."""
        made, orders = self.item.made if self.item is not None else None, self._session.orders
        if not isinstance(made, ModelFiles):
            return made is not None
        return self._session.state is State.READY and [(plan.options, plan.adapters) for plan in made.plans] == [
            (plan.options, plan.adapters) for plan in orders
        ]

    def _show_checks(self, current: int | None) -> None:
        can_check = self.can_check
        if self.checks:
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
        item, report = self.item, self.checks[number].report
        if item is None or report is None:
            return
        try:
            plan = item.finished[number].plan
            write_verification(report, plan, path, overwrite=True, language=say.spoken())
            self._page.proof.verdict.show_saved(path)
        except AppError as error:
            show_failure(self._window, error)
