"""The lines of the side bar as a tree that is used by mouse or by keyboard."""

from collections.abc import Iterator

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QTreeView

from app.core.text import text
from app.ui.say import say
from app.ui.sources.source_delegate import SourceDelegate
from app.ui.sources.source_model import ROW_ROLE, SearchedSources
from app.ui.sources.source_row import SourceRow

INDENT = 12
RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
DELETES = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
NO_KEYS = Qt.KeyboardModifier.NoModifier


class SourceTree(QTreeView):
    """A click or Return chooses a line; arrows only move, so that nothing is opened on the way."""

    line_chosen = Signal(object)  # SourceRow
    delete_pressed = Signal(object)  # tuple of SourceRow
    menu_wanted = Signal(object, object)  # tuple of SourceRow, QPoint on the screen

    def __init__(self, model: SearchedSources) -> None:
        super().__init__()
        self._searched = model
        self.setModel(model)
        self.setHeaderHidden(True)
        self.setAccessibleName(say(text("Models on this Mac")))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setIndentation(INDENT)
        self.setItemDelegate(SourceDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)  # a first click has done so
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_for_menu)
        self.clicked.connect(self._clicked)
        model.rowsInserted.connect(self._open_new_section)

    def lines(self) -> Iterator[QModelIndex]:
        """All that have been found, from above."""
        sections = (self._searched.index(number, 0) for number in range(self._searched.rowCount()))
        return (
            self._searched.index(row, 0, section)
            for section in sections
            for row in range(self._searched.rowCount(section))
        )

    def selected(self) -> tuple[SourceRow, ...]:
        """What is selected."""
        found = (index.data(ROW_ROLE) for index in self.selectionModel().selectedRows())
        return tuple(row for row in found if isinstance(row, SourceRow))

    def select(self, index: QModelIndex) -> None:
        """This line alone, and nothing is chosen by it."""
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flag.ClearAndSelect | flag.Current)

    def choose(self, index: QModelIndex) -> None:
        """As a click does: a section is opened or closed."""
        row = index.data(ROW_ROLE)
        if isinstance(row, SourceRow):
            self.line_chosen.emit(row)
        elif index.isValid():
            self.setExpanded(index, not self.isExpanded(index))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in RETURNS and event.modifiers() in (NO_KEYS, Qt.KeyboardModifier.KeypadModifier):
            self.choose(self.currentIndex())
        elif event.key() in DELETES and self.selected():
            self.delete_pressed.emit(self.selected())
        else:
            super().keyPressEvent(event)

    def _clicked(self, index: QModelIndex) -> None:
        if QApplication.keyboardModifiers() == NO_KEYS:  # with one, several are being selected
            self.choose(index)

    def _open_new_section(self, parent: QModelIndex, first: int, last: int) -> None:
        """A section is open from the moment that it has a line; which ones were closed since stays so."""
        if parent.isValid() and last - first + 1 == self._searched.rowCount(parent):
            self.expand(parent)

    def _ask_for_menu(self, at: QPoint) -> None:
        if not self.indexAt(at).isValid():  # it was asked for by a key
            at = self.visualRect(self.currentIndex()).center()
        if self.selected():
            self.menu_wanted.emit(self.selected(), self.viewport().mapToGlobal(at))
