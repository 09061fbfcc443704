"""The rows and columns of the tensor table: sized so that what matters is in sight."""

from collections.abc import Sequence
from heapq import nlargest

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from app.ui.table.tensor_columns import COLUMNS, RIGHT, Column, TensorRow
from app.ui.table.tensor_table_model import PLAN_ORDER

NARROWEST = 20  # of a column that elides, in digits, before others are hidden
ROW_PADDING, CELL_PADDING = 8, 16  # in pixels
NO_BREAK_SPACE = chr(0xA0)


class _Cells(QStyledItemDelegate):
    """Elides the texts of a column in its own way, and keeps numbers off the next column."""

    def __init__(self, column: Column, parent: QWidget) -> None:
        super().__init__(parent)
        self._column = column

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Change what the view would do."""
        super().initStyleOption(option, index)
        if self._column.elide is not None:
            option.textElideMode = self._column.elide
        if self._column.alignment == RIGHT:
            option.text += NO_BREAK_SPACE


class TensorView(QTableView):
    """Shares its width among the columns. A width that was set by hand is kept."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wanted = [0] * len(COLUMNS)
        self._by_hand: dict[int, int] = {}
        self._silent: set[int] = set()  # optional columns that have nothing to say of any row
        self._is_fitting = False
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)  # Tab leaves the table
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        for number, column in enumerate(COLUMNS):
            self.setItemDelegateForColumn(number, _Cells(column, self))
        header = self.horizontalHeader()
        header.setSortIndicator(PLAN_ORDER, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        header.setHighlightSections(False)
        header.sectionResized.connect(self._remember_width)
        self.setSortingEnabled(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._set_row_height()

    def fit_columns_to(self, rows: Sequence[TensorRow]) -> None:
        """Find the width that each column wants for these rows, and share what there is."""
        metrics, header = self.fontMetrics(), self.horizontalHeader()
        for number, column in enumerate(COLUMNS):
            longest = nlargest(5, {row.texts[number] for row in rows}, key=len)
            text_width = max(map(metrics.horizontalAdvance, longest), default=0) + CELL_PADDING
            if column.elide is not None:
                text_width = min(text_width, column.widest * self._digit_width())
            self._wanted[number] = max(text_width, header.sectionSizeHint(number))
        self._silent = {
            number for number, one in enumerate(COLUMNS) if one.is_optional and not any(map(one.says_something, rows))
        }
        self._fit()

    def top_row(self) -> tuple[QPersistentModelIndex, int]:
        """The first row in sight and its place in the viewport, for `scroll_back`."""
        index = self.indexAt(QPoint(1, 0))
        return QPersistentModelIndex(index), self.visualRect(index).top()

    def scroll_back(self, row: QPersistentModelIndex, top: int) -> None:
        """Have `row` where it was, unless the table stands at its start."""
        bar = self.verticalScrollBar()
        if row.isValid() and bar.value() > 0:
            self.updateGeometries()  # the range of the scroll bar
            bar.setValue(bar.value() + self.visualRect(QModelIndex(row)).top() - top)  # type: ignore[call-overload]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new width."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Another font needs another height."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._set_row_height()

    def _digit_width(self) -> int:
        return self.fontMetrics().horizontalAdvance("0")

    def _set_row_height(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + ROW_PADDING)

    def _remember_width(self, column: int, _: int, width: int) -> None:
        if not self._is_fitting and width > 0:
            self._by_hand[column] = width

    def _fit(self) -> None:
        """Hide what gives way until the names can be read, then set the widths."""
        shown = [number for number in range(len(COLUMNS)) if number not in self._silent]
        for number in sorted((n for n in shown if COLUMNS[n].gives_way), key=lambda n: COLUMNS[n].gives_way):
            if self._room(shown) >= sum(min(self._wanted[n], NARROWEST * self._digit_width()) for n in _elided(shown)):
                break
            shown.remove(number)
        self._is_fitting = True
        for number in range(len(COLUMNS)):
            self.setColumnHidden(number, number not in shown)
        for number, width in self._widths(shown).items():
            self.setColumnWidth(number, width)
        self._is_fitting = False

    def _room(self, shown: Sequence[int]) -> int:
        """What is left for the columns that elide, once those that do not have what they want."""
        whole = (n for n in shown if COLUMNS[n].elide is None)
        return self.viewport().width() - sum(self._by_hand.get(n, self._wanted[n]) for n in whole)

    def _widths(self, shown: Sequence[int]) -> dict[int, int]:
        elided = [n for n in _elided(shown) if n not in self._by_hand]
        room = self._room(shown) - sum(self._by_hand.get(n, 0) for n in _elided(shown))
        least = self.horizontalHeader().minimumSectionSize()
        shares = [max(width, least) for width in share(room, [self._wanted[n] for n in elided])]
        if shares:
            shares[-1] = max(shares[-1], room - sum(shares[:-1]))  # the last column reaches the edge
        whole = {n: self._wanted[n] for n in shown if COLUMNS[n].elide is None}
        return whole | dict(zip(elided, shares, strict=True)) | {n: w for n, w in self._by_hand.items() if n in shown}


def _elided(columns: Sequence[int]) -> list[int]:
    return [number for number in columns if COLUMNS[number].elide is not None]


def share(room: int, wanted: Sequence[int]) -> list[int]:
    """Nobody gets more than is wanted; those who want more than there is get equal parts."""
    shares = [0] * len(wanted)
    for done, number in enumerate(sorted(range(len(wanted)), key=lambda n: wanted[n])):
        shares[number] = max(0, min(wanted[number], room // (len(wanted) - done)))
        room -= shares[number]
    return shares
