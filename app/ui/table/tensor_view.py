"""The tree of tensors: columns that keep their widths, and rows that stay in sight."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from app.core.text import text
from app.ui.say import say
from app.ui.table import cell_texts
from app.ui.table.arrangement import MODEL_ORDER
from app.ui.table.tensor_columns import COLUMNS, RIGHT, TYPE_COLUMN
from app.ui.table.tensor_model import TensorModel
from app.ui.table.tensor_row import LayerRow, Row, TensorRow

ROW_PADDING, CELL_PADDING = 8, 20  # in pixels
NO_BREAK_SPACE = chr(0xA0)
HAS_TEXT = QStyleOptionViewItem.ViewItemFeature.HasDisplay
LAST = len(COLUMNS) - 1


class Cells(QStyledItemDelegate):
    """Keeps numbers off the next column, and rows apart."""

    def __init__(self, tensors: TensorModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._tensors = tensors

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """What Qt would ask of the model role by role; while others compute, each answer is waited for."""
        said, alignment, font = self._tensors.shown(index)
        option.text = said + NO_BREAK_SPACE if alignment == RIGHT else said
        option.displayAlignment = alignment
        option.features |= HAS_TEXT
        if font is not None:
            option.font = font.resolve(option.font)
            option.fontMetrics = QFontMetrics(option.font)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Asked once: all rows have the same height."""
        return QSize(0, option.fontMetrics.height() + ROW_PADDING)


class TensorView(QTreeView):
    """Widths follow from what a model has when it is opened, and from nothing that comes later. What does not fit is
    reached by scrolling sideways; the last column takes what room is left. Return edits the type, or opens a layer.
    """

    def __init__(self, tensors: TensorModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tensors = tensors
        self._least_of_last = 0
        self._open_before: list[int] | None = None  # layers, while everything that is found is open
        self.setModel(tensors)
        self.setItemDelegate(Cells(tensors, self))
        self.setUniformRowHeights(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAlternatingRowColors(True)
        self.setAllColumnsShowFocus(True)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setTabKeyNavigation(False)  # Tab leaves the table
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setSortingEnabled(True)
        header = self.header()
        header.setSortIndicatorClearable(True)
        header.setSectionsMovable(False)
        header.setStretchLastSection(False)
        self.forget_order()

    def forget_order(self) -> None:
        """Show no column as the one that is sorted by."""
        self.header().setSortIndicator(MODEL_ORDER, Qt.SortOrder.AscendingOrder)

    def fit_columns_to(self, rows: Sequence[TensorRow]) -> None:
        """Find the width that each column wants for these rows."""
        metrics = self.fontMetrics()
        digit = metrics.horizontalAdvance("0")
        kinds = {(row.place.part, len(cell_texts.shape(row)), row.written is None): row for row in rows}
        for number, column in enumerate(COLUMNS):
            found = {column.text_of(row) for row in kinds.values()}
            longest = max(map(metrics.horizontalAdvance, found), default=0)
            wanted = min(max(longest, column.narrowest * digit), column.widest * digit) + CELL_PADDING
            self.setColumnWidth(number, max(wanted, self.header().sectionSizeHint(number)))
        self._least_of_last = self.columnWidth(LAST)
        self._fill()

    def show_columns(self, hidden: Collection[str], has_adapters: bool) -> None:
        """All but those of these names, and those that say nothing of this model."""
        for number, column in enumerate(COLUMNS):
            self.setColumnHidden(number, column.name in hidden or (column.is_for_adapters and not has_adapters))
        self._fill()

    def open_what_is_found(self, is_searching: bool) -> None:
        """While somebody searches, layers are open; then those again that were before."""
        if is_searching:
            if self._open_before is None:
                self._open_before = self._open_layers()
            self.expandAll()
        elif self._open_before is not None:
            before, self._open_before = set(self._open_before), None
            self.collapseAll()
            self._open(before)

    def _open_layers(self) -> list[int]:
        top = enumerate(self._tensors.top)
        return [row.layer for n, row in top if isinstance(row, LayerRow) and self.isExpanded(self._tensors.index(n, 0))]

    def _open(self, layers: Collection[int]) -> None:
        for number, row in enumerate(self._tensors.top):
            if isinstance(row, LayerRow) and row.layer in layers:
                self.setExpanded(self._tensors.index(number, 0), True)

    def selected(self) -> list[Row]:
        """The rows that are selected, from top to bottom; a selection knows them as ranges, of which there are few."""
        places: set[tuple[int, int]] = set()
        for one in self.selectionModel().selection().toList():
            inside = one.parent().isValid()
            for number in range(one.top(), one.bottom() + 1):
                places.add((one.parent().row(), number) if inside else (number, -1))
        return [self._tensors.row_at(*place) for place in sorted(places)]

    def top_row(self) -> tuple[QPersistentModelIndex, int]:
        """The first row in sight and its place in the viewport, for `scroll_back`."""
        index = self.indexAt(QPoint(1, 0))
        return QPersistentModelIndex(index), self.visualRect(index).top()

    def scroll_back(self, row: QPersistentModelIndex, top: int) -> None:
        """Have `row` where it was, unless the table stands at its start."""
        bar = self.verticalScrollBar()
        if row.isValid() and bar.value() > 0:
            self.executeDelayedItemsLayout()
            self.updateGeometries()  # the range of the scroll bar
            bar.setValue(bar.value() + self.visualRect(QModelIndex(row)).top() - top)  # type: ignore[call-overload]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return does what a double click does."""
        index = self.currentIndex()
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers()
        if not (is_return and index.isValid()) or self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
        elif isinstance(self._tensors.row_of(index), LayerRow):
            first = index.siblingAtColumn(0)
            self.setExpanded(first, not self.isExpanded(first))
        elif index.siblingAtColumn(TYPE_COLUMN).flags() & Qt.ItemFlag.ItemIsEditable:
            self.edit(index.siblingAtColumn(TYPE_COLUMN))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Where nothing is found, say so."""
        super().paintEvent(event)
        if self._tensors.rows and not self._tensors.top:
            with QPainter(self.viewport()) as painter:
                painter.setPen(self.palette().color(QPalette.ColorRole.Text))
                room = self.viewport().rect().adjusted(CELL_PADDING, CELL_PADDING, -CELL_PADDING, -CELL_PADDING)
                flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
                painter.drawText(
                    room, int(flags), say(text("No tensor matches. Change the search, or show all tensors."))
                )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The last column takes what room is left."""
        super().resizeEvent(event)
        self._fill()

    def changeEvent(self, event: QEvent) -> None:
        """Another font needs other widths."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self._tensors.rows:
            self.fit_columns_to(self._tensors.rows)

    def _fill(self) -> None:
        others = sum(self.columnWidth(number) for number in range(LAST) if not self.isColumnHidden(number))
        if self._least_of_last and not self.isColumnHidden(LAST):
            self.setColumnWidth(LAST, max(self._least_of_last, self.viewport().width() - others))
