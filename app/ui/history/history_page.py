"""The finished files, and what can be done with them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QItemSelection, QObject, QPoint, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.core.text import NOTHING, Text, text
from app.ui.desktop import reveal_label
from app.ui.history.finished_file import FinishedFile
from app.ui.history.history_columns import DATE, NAME, SOURCE
from app.ui.history.history_model import FILE_ROLE, SORT_ROLE, HistoryModel
from app.ui.history.proof_delegate import ProofDelegate
from app.ui.history.store import History
from app.ui.say import say
from app.ui.widgets.card_frame import wrapping
from app.ui.widgets.plain_action import plain_action

DELETES = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class HistoryPage(QWidget):
    """A table of files, with buttons for the selected ones; Return shows a file, Delete forgets it."""

    reveal_wanted = Signal(object)  # Path
    again_wanted = Signal(object)  # FinishedFile
    check_wanted = Signal(object)  # FinishedFile
    remove_wanted = Signal(object)  # tuple of Path
    chosen = Signal(object)  # the FinishedFile that is selected, None where it is not one that is there

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model, self._layout = HistoryModel(), QVBoxLayout(self)
        self._history: History | None = None
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(SORT_ROLE)
        self.remark = wrapping()
        self.nothing = wrapping(text("No files yet. What you convert is listed here."))
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.table = self._table()
        self.reveal, self.again = QPushButton(say(reveal_label())), QPushButton(say(text("Convert Again…")))
        self.check, self.remove = QPushButton(say(text("Check"))), QPushButton(say(text("Remove from List")))
        self._place()
        self.reveal.clicked.connect(lambda: self.reveal_wanted.emit(self._chosen()[0].path))
        self.again.clicked.connect(lambda: self.again_wanted.emit(self._chosen()[0]))
        self.check.clicked.connect(lambda: self.check_wanted.emit(self._chosen()[0]))
        self.remove.clicked.connect(self._remove)
        self.show_files((), NOTHING)

    def place_below(self, widget: QWidget) -> None:
        """What else can be done with the selected file."""
        self._layout.addWidget(widget)

    def show_history(self, history: History) -> None:
        """What is remembered, from now on too."""
        self._history = history
        history.changed.connect(self._show_history)  # no lambda: the history may outlive the page
        self._show_history()

    def _show_history(self) -> None:
        if self._history is not None:
            self.show_files(self._history.files, self._history.remark)

    def show_files(self, files: Sequence[FinishedFile], remark: Text) -> None:
        """These files; what was selected stays selected."""
        kept = {one.path for one in self._chosen()}
        self.model.set_files(files)
        for path in kept:
            self.select(path)
        self.remark.setText(say(remark))
        self.remark.setVisible(bool(remark))
        self.table.setVisible(bool(files))
        self.nothing.setVisible(not files)
        for button in (self.reveal, self.again, self.check, self.remove):
            button.setVisible(bool(files))
        self._show_what_can_be_done()

    def showEvent(self, event: QShowEvent) -> None:
        """The newest file is at hand, unless another one was."""
        super().showEvent(event)
        if not self._chosen() and self._sorted.rowCount():
            self.table.selectRow(0)

    def select(self, path: Path) -> None:
        """The row of this file."""
        for row in range(self._sorted.rowCount()):
            if self._sorted.index(row, NAME).data(FILE_ROLE).path == path:
                self.table.selectRow(row)
                self.table.scrollTo(self._sorted.index(row, NAME))

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Keys of the table that would do nothing else."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() in DELETES and self.remove.isEnabled():
            self._remove()
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.reveal.isEnabled():
            self.reveal.click()
            return True
        return False

    def _table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._sorted)
        table.setAccessibleName(say(text("Finished files")))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(table.fontMetrics().height() * 1.7))
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column in (NAME, SOURCE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        table.setItemDelegate(ProofDelegate(table))
        table.setSortingEnabled(True)
        table.sortByColumn(DATE, Qt.SortOrder.DescendingOrder)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._open_menu)
        table.doubleClicked.connect(lambda _: self.reveal.click())
        table.installEventFilter(self)
        table.selectionModel().selectionChanged.connect(self._selection_changed)
        return table

    def _place(self) -> None:
        layout, buttons = self._layout, QHBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.remark)
        layout.addWidget(self.nothing, 1)
        layout.addWidget(self.table, 1)
        buttons.setSpacing(8)
        for button in (self.reveal, self.again, self.check):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.remove)
        layout.addLayout(buttons)

    def _chosen(self) -> tuple[FinishedFile, ...]:
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return tuple(self._sorted.index(row, NAME).data(FILE_ROLE) for row in rows)

    def _selection_changed(self, _: QItemSelection, __: QItemSelection) -> None:
        self._show_what_can_be_done()

    def _show_what_can_be_done(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        is_one = len(rows) == 1
        is_there = is_one and self.model.is_there(self._sorted.mapToSource(rows[0]).row())
        self.reveal.setEnabled(is_there)
        self.check.setEnabled(is_there)
        self.again.setEnabled(is_one)
        self.remove.setEnabled(bool(rows))
        self.chosen.emit(self._chosen()[0] if is_there else None)

    def _remove(self) -> None:
        paths: tuple[Path, ...] = tuple(one.path for one in self._chosen())
        self.remove_wanted.emit(paths)

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        for button in (self.reveal, self.again, self.check, self.remove):
            action = plain_action(button.text(), menu)
            action.setEnabled(button.isEnabled())
            action.triggered.connect(button.click)
            menu.addAction(action)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.table.viewport().mapToGlobal(at))
