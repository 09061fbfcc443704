"""The queue: one item at a time, each to its end; what fails does not stop the others. Starts its own jobs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.core.convert import WrittenFile
from app.core.progress import Progress
from app.core.verify.results.report import VerificationReport
from app.ui.foreground import Foreground
from app.ui.job import Work
from app.ui.proof.file_check import FileCheck
from app.ui.queue.queue_item import ItemState, QueueItem, Unopened
from app.ui.queue.queue_work import Opened, check_file, open_item, report_item, write_item
from app.ui.widgets.failure import failure_of

DONE = ItemState.DONE


class ConversionQueue(QObject):
    """Holds its items in their order. Everything it tells comes on the UI thread."""

    rows_changed = Signal()  # items were added, removed or moved
    changed = Signal(object)  # QueueItem: another state, or a check came to an end
    progressed = Signal(object, object)  # QueueItem, Progress
    written = Signal(object)  # QueueItem whose files are complete; a check may follow
    checked = Signal(object, int)  # QueueItem, and the number of its file that has been checked
    failed = Signal(object)  # QueueItem with its failure
    finished = Signal(object)  # QueueItem that is done, failed or stopped

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: tuple[QueueItem, ...] = ()
        self._jobs = Foreground(self)
        self._jobs.progressed.connect(self._progressed)
        self._jobs.failed.connect(self._failed)
        self._jobs.cancelled.connect(lambda: self._end(self._at_work(), ItemState.STOPPED))
        self._is_stopping = False  # the job was asked to end; it may have been done by then
        self._last_number = 0

    @property
    def current(self) -> QueueItem | None:
        """The item that is at work."""
        return next((one for one in self.items if one.state.is_running), None)

    @property
    def is_busy(self) -> bool:
        """Whether anything is going on or waiting."""
        return any(not one.state.is_over for one in self.items)

    @property
    def is_writing(self) -> bool:
        """Whether there are files to be finished, which would be lost with the end of the program."""
        return any(one.has_files_to_write for one in self.items)

    def writes_to(self, targets: Sequence[Path]) -> bool:
        """Whether one of these files is being written or will be."""
        return any(not {*one.targets}.isdisjoint(targets) for one in self.items if one.has_files_to_write)

    def item(self, number: int) -> QueueItem | None:
        """The item of this number, None when it has been removed."""
        return next((one for one in self.items if one.number == number), None)

    # ---- what can be asked for

    def add(self, item: QueueItem) -> int:
        """Put what is wanted at the end, and return its number."""
        self._last_number += 1
        made = None if isinstance(item.source, Unopened) else item.source
        item = replace(item, number=self._last_number, made=made)
        self.items = (*self.items, item)
        self.rows_changed.emit()
        self._go_on()
        return item.number

    def stop(self, number: int) -> None:
        """Let an item be. What it was writing leaves nothing behind; files that are complete stay."""
        item = self.item(number)
        if item is None or item.state.is_over:
            return
        if item.state.is_running:
            self._is_stopping = True
            self._jobs.cancel()
        else:
            self._end(item, ItemState.STOPPED)

    def stop_current(self) -> None:
        """Stop what is at work; what waits comes next."""
        if self.current is not None:
            self.stop(self.current.number)

    def stop_all(self) -> None:
        """Stop whatever is going on or waiting."""
        for item in reversed(self.items):  # the one at work last, so that no other takes its place
            self.stop(item.number)

    def remove(self, number: int) -> None:
        """Take an item that is not at work out of the list; its files stay where they are."""
        item = self.item(number)
        if item is not None and not item.state.is_running:
            self.items = tuple(one for one in self.items if one is not item)
            self.rows_changed.emit()

    def retry(self, number: int) -> None:
        """Once more from the start, for an item that failed or was stopped."""
        item = self.item(number)
        if item is not None and item.state in (ItemState.FAILED, ItemState.STOPPED):
            made = None if isinstance(item.source, Unopened) else item.made  # the folder may have been mended
            self._put(replace(item, state=ItemState.WAITING, made=made, failure=None, progress=None))
            self._go_on()

    def move(self, number: int, by: int) -> None:
        """Earlier in the list by a negative number of rows, or later."""
        items = list(self.items)
        item = self.item(number)
        if item is None:
            return
        place = items.index(item)
        items.insert(max(0, place + by), items.pop(place))
        self.items = tuple(items)
        self.rows_changed.emit()

    def check(self, number: int, files: Sequence[int]) -> None:
        """Compare finished files with the folder, by the plans that they were written by."""
        item = self.item(number)
        if item is not None and item.state is ItemState.DONE and files and item.finished:
            self._put(
                replace(item, state=ItemState.WAITING, to_check=tuple(files), check_count=len(files), failure=None)
            )
            self._go_on()

    def shut_down(self) -> None:
        """Stop and wait; the program is about to end."""
        for item in self.items:
            if not item.state.is_running:
                self.stop(item.number)
        self._jobs.shut_down()
        if self.current is not None:
            self._end(self.current, ItemState.STOPPED)

    # ---- one step after the other

    def _go_on(self) -> None:
        if self.current is None:
            waiting = next((one for one in self.items if one.state is ItemState.WAITING), None)
            if waiting is not None:
                self._begin(waiting)

    def _begin(self, item: QueueItem) -> None:
        self._is_stopping = False
        if item.made is None:
            self._start(item, ItemState.OPENING, partial(open_item, item), self._opened)
        elif item.written:
            self._check(item)
        else:
            self._start(item, ItemState.CONVERTING, partial(write_item, item), self._written)

    def _opened(self, item: QueueItem, opened: Opened) -> None:
        made, targets = opened
        item = replace(item, title=made.prepared.model.checkpoint.name, made=made, targets=targets)
        if self._is_stopping:
            self._end(item, ItemState.STOPPED)
        else:
            self._begin(item)

    def _written(self, item: QueueItem, written: tuple[WrittenFile, ...]) -> None:
        item = replace(item, written=written)
        files = tuple(range(len(item.finished)))
        item = replace(item, checks=tuple(FileCheck(one.written.path) for one in item.finished))
        if item.checks_afterwards and not self._is_stopping:
            item = replace(item, to_check=files, check_count=len(files))
        self._put(item)
        self.written.emit(item)
        self._check(item)

    def _check(self, item: QueueItem) -> None:
        """The next file that is to be checked; without one the report is written."""
        if not item.to_check:
            self._report(item)
            return
        number = item.to_check[0]
        item = _with_check(item, number, FileCheck(item.checks[number].path, is_running=True))
        self._start(item, ItemState.CHECKING, partial(check_file, item.finished[number]), self._checked)

    def _report(self, item: QueueItem) -> None:
        """Once, with what the checks came to; then the item is done."""
        if item.reports_afterwards and item.finished and not self._is_stopping:
            item = replace(item, reports_afterwards=False)
            self._start(item, ItemState.REPORTING, partial(report_item, item), lambda now, _: self._end(now, DONE))
        else:
            self._end(item, DONE)

    def _checked(self, item: QueueItem, came: VerificationReport | str) -> None:
        number, *rest = item.to_check
        path = item.checks[number].path
        check = FileCheck(path, came) if isinstance(came, VerificationReport) else FileCheck(path, failure=came)
        item = replace(_with_check(item, number, check), to_check=() if self._is_stopping else tuple(rest))
        self._replace(item)
        self.checked.emit(item, number)
        self._check(item)

    def _start(self, item: QueueItem, state: ItemState, work: Work, then: Callable[[QueueItem, Any], None]) -> None:
        self._jobs.start(work, lambda result: then(self._at_work(), result))
        self._put(replace(item, state=state, progress=None))

    def _at_work(self) -> QueueItem:
        assert self.current is not None  # an item at work cannot be removed
        return self.current

    def _progressed(self, progress: Progress) -> None:
        item = replace(self._at_work(), progress=progress)
        self._replace(item)
        self.progressed.emit(item, progress)

    def _failed(self, error: BaseException) -> None:
        self._end(replace(self._at_work(), failure=failure_of(error)), ItemState.FAILED)

    def _end(self, item: QueueItem, state: ItemState) -> None:
        """Files that are there are done, whatever became of their check."""
        state = ItemState.DONE if item.written else state
        checks = tuple(replace(one, is_running=False) for one in item.checks)
        item = replace(item, state=state, progress=None, checks=checks, to_check=(), check_count=0)
        self._put(item)
        if item.failure is not None:
            self.failed.emit(item)
        self.finished.emit(item)
        self._go_on()

    def _put(self, item: QueueItem) -> None:
        self._replace(item)
        self.changed.emit(item)

    def _replace(self, item: QueueItem) -> None:
        self.items = tuple(item if one.number == item.number else one for one in self.items)


def _with_check(item: QueueItem, number: int, check: FileCheck) -> QueueItem:
    return replace(item, checks=tuple(check if at == number else one for at, one in enumerate(item.checks)))
