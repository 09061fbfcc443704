"""Sorting without the mouse: headers cannot be reached by the keyboard."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.core.text import text
from app.ui.say import say
from app.ui.table.arrangement import MODEL_ORDER
from app.ui.table.tensor_columns import COLUMNS
from app.ui.table.tensor_view import TensorView
from app.ui.widgets.plain_action import plain_action


class SortMenu(QMenu):
    """The order of the model, each column, and the direction."""

    def __init__(self, view: TensorView, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        self.setTitle(say(text("Sort By")))
        self._group = QActionGroup(self)
        self._add(text("Order in the Model"), MODEL_ORDER)
        for number, column in enumerate(COLUMNS):
            self._add(column.title, number)
        self.addSeparator()
        self._descending = plain_action(text("Descending"), self)
        self._descending.setCheckable(True)
        self.addAction(self._descending)
        self._descending.triggered.connect(self._sort)
        self._group.triggered.connect(self._sort)
        self.aboutToShow.connect(self.show_order)

    def show_order(self) -> None:
        """Check what the header shows."""
        header = self._view.header()
        for action in self._group.actions():
            action.setChecked(action.data() == header.sortIndicatorSection())
        self._descending.setChecked(header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder)
        self._descending.setEnabled(header.sortIndicatorSection() != MODEL_ORDER)

    def _add(self, title: str, column: int) -> None:
        action = self._group.addAction(plain_action(title, self))
        action.setCheckable(True)
        action.setData(column)
        self.addAction(action)

    def _sort(self) -> None:
        column = next((int(action.data()) for action in self._group.actions() if action.isChecked()), MODEL_ORDER)
        descending = self._descending.isChecked() and column != MODEL_ORDER
        self._view.sortByColumn(column, Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder)
