"""The side bar: what can be opened, searched by its name."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QLineEdit,
    QMenu,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.core.deliver.models_here import ModelHere
from app.core.text import Text, text
from app.ui.desktop import reveal_label
from app.ui.history.finished_file import FinishedFile
from app.ui.say import say
from app.ui.settings import Recent
from app.ui.sources.source_delegate import SourceDelegate
from app.ui.sources.source_model import ROW_ROLE, SearchedSources, SourceModel
from app.ui.sources.source_row import Group, SourceRow, rows_of
from app.ui.widgets.plain_action import plain_action

MARGIN, INDENT = 10, 12
RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
DELETES = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
NO_KEYS = Qt.KeyboardModifier.NoModifier


class SideBar(QWidget):
    """A click or Return opens a line; arrows only move, so that nothing is opened on the way."""

    open_wanted = Signal(object, object)  # Path, tuple of adapters' Paths
    file_wanted = Signal(object)  # Path of a finished file
    convert_wanted = Signal(object)  # tuple of (Path, tuple of adapters' Paths)
    reveal_wanted = Signal(object)  # Path
    forget_wanted = Signal(object)  # Recent
    forget_file_wanted = Signal(object)  # Path
    choose_wanted = Signal()  # the button Open…

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: tuple[ModelHere, ...] = ()
        self._recents: tuple[Recent, ...] = ()
        self._files: tuple[FinishedFile, ...] = ()
        self._sources, self._searched = SourceModel(self), SearchedSources(self)
        self._searched.setSourceModel(self._sources)
        self.search, self.open_button = QLineEdit(), QPushButton(say(text("Open…")))
        self.search.setPlaceholderText(say(text("Search models")))
        self.search.setAccessibleName(say(text("Search models")))
        self.search.setClearButtonEnabled(True)
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._search)
        self.tree = self._tree()
        self.open_button.clicked.connect(self.choose_wanted)
        self._searched.rowsInserted.connect(self._open_new_sections)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(MARGIN)
        for widget in (self.search, self.tree, self.open_button):
            layout.addWidget(widget)

    def show_models(self, models: Iterable[ModelHere]) -> None:
        """What a search has found; folders and files stay."""
        self._models = tuple(models)
        self._show()

    def show_recents(self, recents: Sequence[Recent]) -> None:
        """Folders that were open before."""
        self._recents = tuple(recents)
        self._show()

    def show_files(self, files: Sequence[FinishedFile]) -> None:
        """Finished files, the newest first."""
        self._files = tuple(files)
        self._show()

    def show_open(self, folder: Path, adapters: Sequence[Path] = ()) -> None:
        """Select the line of what is open, if there is one."""
        for index in self._lines():
            row = index.data(ROW_ROLE)
            if (row.path, row.adapters) == (folder, tuple(adapters)):
                flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Current
                self.tree.selectionModel().setCurrentIndex(index, flags)
                return

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down leaves the field for the lines, Return opens what was found first; Delete takes a line off the list."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if watched is self.search:
            return self._search_key(event)
        if event.key() in RETURNS and event.modifiers() in (NO_KEYS, Qt.KeyboardModifier.KeypadModifier):
            self._activate(self.tree.currentIndex())
            return True
        rows = self._chosen()
        if event.key() in DELETES and rows and all(row.can_remove for row in rows):
            self._forget(rows)
            return True
        return False

    def _tree(self) -> QTreeView:
        tree = QTreeView()
        tree.setModel(self._searched)
        tree.setHeaderHidden(True)
        tree.setAccessibleName(say(text("Models on this Mac")))
        tree.setFrameShape(QFrame.Shape.NoFrame)
        tree.setIndentation(INDENT)
        tree.setItemDelegate(SourceDelegate(tree))
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setExpandsOnDoubleClick(False)  # a first click has done so
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._open_menu)
        tree.clicked.connect(self._clicked)
        tree.installEventFilter(self)
        return tree

    def _show(self) -> None:
        self._sources.show_rows(rows_of(self._models, self._recents, self._files))

    def _open_new_sections(self, parent: QModelIndex, first: int, last: int) -> None:
        """A section is open from the moment that it has a line; which ones were closed since stays so."""
        if parent.isValid() and last - first + 1 == self._searched.rowCount(parent):
            self.tree.expand(parent)

    def _search(self, wanted: str) -> None:
        self._searched.search(wanted)
        if wanted.strip():
            self.tree.expandAll()

    def _search_key(self, event: QKeyEvent) -> bool:
        first = next(self._lines(), None)
        if event.key() == Qt.Key.Key_Down and first is not None:
            self.tree.setCurrentIndex(first)
            self.tree.setFocus()
        elif event.key() in RETURNS and first is not None and self.search.text():
            self.tree.setCurrentIndex(first)
            self._activate(first)
        elif event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
        else:
            return False
        return True

    def _lines(self) -> Iterator[QModelIndex]:
        """All that are in sight or could be scrolled to, from above."""
        sections = (self._searched.index(number, 0) for number in range(self._searched.rowCount()))
        return (
            self._searched.index(row, 0, section)
            for section in sections
            for row in range(self._searched.rowCount(section))
        )

    def _chosen(self) -> tuple[SourceRow, ...]:
        found = (index.data(ROW_ROLE) for index in self.tree.selectionModel().selectedRows())
        return tuple(row for row in found if isinstance(row, SourceRow))

    def _clicked(self, index: QModelIndex) -> None:
        if QApplication.keyboardModifiers() == NO_KEYS:  # with one, several are being selected
            self._activate(index)

    def _activate(self, index: QModelIndex) -> None:
        row = index.data(ROW_ROLE)
        if isinstance(row, SourceRow):
            self._open(row)
        elif index.isValid():
            self.tree.setExpanded(index, not self.tree.isExpanded(index))

    def _open(self, row: SourceRow) -> None:
        if row.group is Group.FILES:
            self.file_wanted.emit(row.path)
        else:
            self.open_wanted.emit(row.path, row.adapters)

    def _forget(self, rows: Sequence[SourceRow]) -> None:
        for row in rows:
            if row.group is Group.FILES:
                self.forget_file_wanted.emit(row.path)
            elif row.recent is not None:
                self.forget_wanted.emit(row.recent)

    def _open_menu(self, at: QPoint) -> None:
        rows = self._chosen()
        if not rows:
            return
        menu = self.menu_for(rows)
        if not self.tree.indexAt(at).isValid():  # it was asked for by a key
            at = self.tree.visualRect(self.tree.currentIndex()).center()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.tree.viewport().mapToGlobal(at))

    def menu_for(self, rows: Sequence[SourceRow]) -> QMenu:
        """What can be done with these lines."""
        menu, first, is_one = QMenu(self), rows[0], len(rows) == 1
        open_ = self._add(menu, text("Open"), is_one)
        reveal = self._add(menu, reveal_label(), is_one)
        convert = self._add(menu, text("Convert"), all(row.can_convert for row in rows))
        menu.addSeparator()
        remove = self._add(menu, text("Remove from List"), all(row.can_remove for row in rows))
        wanted = tuple((row.path, row.adapters) for row in rows)
        open_.triggered.connect(lambda: self._open(first))
        reveal.triggered.connect(lambda: self.reveal_wanted.emit(first.path))
        convert.triggered.connect(lambda: self.convert_wanted.emit(wanted))
        remove.triggered.connect(lambda: self._forget(rows))
        return menu

    def _add(self, menu: QMenu, title: Text, is_enabled: bool) -> QAction:
        action = plain_action(title, menu)
        action.setEnabled(is_enabled)
        menu.addAction(action)
        return action
