"""A table of the report as high as its rows; its rows, or all of it, can be copied."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.core.text import in_one_line, text
from app.core.verify.page.parts import Table
from app.ui.say import say
from app.ui.widgets.plain_action import plain_action


class PartTable(QWidget):
    """Copied is what is seen, with tabs between cells. Where it `is_narrow` the button stands below."""

    def __init__(self, table: Table, parent: QWidget | None = None, *, is_narrow: bool = False) -> None:
        super().__init__(parent)
        self.view = QTableWidget(len(table.rows), len(table.columns))
        self.titles = [say(column.title) for column in table.columns]
        self.view.setHorizontalHeaderLabels(self.titles)
        self.view.setAccessibleName(self.titles[0])
        self._fill(table)
        self._set_up()
        copy = plain_action(text("Copy"), self.view)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(lambda: _copy(map(self.row, self._selected())))
        self.view.addAction(copy)
        self.copy = QPushButton(say(text("Copy Table")))
        self.copy.clicked.connect(lambda: _copy([self.titles, *map(self.row, range(self.view.rowCount()))]))
        side = QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
        layout, top = QBoxLayout(side, self), Qt.AlignmentFlag.AlignTop
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.view, 0 if is_narrow else 1, Qt.AlignmentFlag(0) if is_narrow else top)
        layout.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft if is_narrow else top)

    def row(self, number: int) -> list[str]:
        """The texts of a row."""
        model = self.view.model()
        return [model.index(number, column).data() for column in range(model.columnCount())]

    def _selected(self) -> list[int]:
        return sorted({index.row() for index in self.view.selectedIndexes()})

    def _fill(self, table: Table) -> None:
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for number, row in enumerate(table.rows):
            for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
                item = QTableWidgetItem(in_one_line(say(cell)))
                if column.form == "number":
                    item.setTextAlignment(right)
                self.view.setItem(number, place, item)

    def _set_up(self) -> None:
        view, header = self.view, self.view.horizontalHeader()
        view.verticalHeader().hide()
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        view.setTabKeyNavigation(False)
        view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        view.resizeRowsToContents()
        view.setFixedHeight(header.sizeHint().height() + view.verticalHeader().length() + 2 * view.frameWidth())


def _copy(rows: Iterable[list[str]]) -> None:
    QGuiApplication.clipboard().setText("\n".join(map("\t".join, rows)))
