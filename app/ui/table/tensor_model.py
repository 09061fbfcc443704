"""The plan as a tree of tensors, most of them in layers. It filters and sorts by itself: a proxy would ask again and
again what is known here.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from app.core.encode.kept import Kept
from app.core.plan import ConversionPlan
from app.core.text import text
from app.ui.say import say
from app.ui.table.arrangement import MODEL_ORDER, Arrangement, keys_of, places_in
from app.ui.table.tensor_columns import COLUMNS, LAYER_COLUMN, RIGHT, TYPE_COLUMN
from app.ui.table.tensor_row import NO_ERRORS, NO_KEPT, LayerRow, Row, TensorRow, rows_of
from app.ui.widgets.shown_text import wrapped_tooltip

Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()
MOST_SIGNALS = 256  # for one a view takes as long as there are rows; then all is laid out anew
AIR = "\u00a0"  # between a title at the right end and the next one
DISPLAY, TOOL_TIP, ALIGNMENT, FONT, ACCESSIBLE = (
    int(role)
    for role in (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.FontRole,
        Qt.ItemDataRole.AccessibleTextRole,
    )
)
NO_FLAGS = Qt.ItemFlag.NoItemFlags
LAYER_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
TENSOR_FLAGS = LAYER_FLAGS | Qt.ItemFlag.ItemNeverHasChildren
TYPE_FLAGS = TENSOR_FLAGS | Qt.ItemFlag.ItemIsEditable


class TensorModel(QAbstractItemModel):
    """Shows the plan that it was given last. The id of an index is 0 at the top, else one more than its layer's row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[TensorRow] = []  # all of them, in the order of the plan
        self.top: list[Row] = []
        self.arrangement = Arrangement()
        self._bold = QFont()
        self._bold.setBold(True)
        self._data: dict[int, Callable[[Row, int, bool], Any]] = {
            DISPLAY: _text,
            TOOL_TIP: lambda row, column, _: wrapped_tooltip(COLUMNS[column].detail_of(row)),
            ALIGNMENT: lambda _, column, __: COLUMNS[column].alignment,
            FONT: lambda row, _, __: self._font(row),
            ACCESSIBLE: _accessible,
        }

    def set_plan(
        self, plan: ConversionPlan | None, errors: Mapping[str, float] = NO_ERRORS, kept: Mapping[str, Kept] = NO_KEPT
    ) -> None:
        """Show `plan`; the rows that the plan before had too stay.

        By name in the file, as they were measured: `errors`, and how much was `kept` of an adapter's change.
        """
        self.rows = rows_of(plan, errors, kept)
        self._show(self.arrangement.arranged(self.rows))

    def begin_anew(
        self, plan: ConversionPlan | None, errors: Mapping[str, float] = NO_ERRORS, kept: Mapping[str, Kept] = NO_KEPT
    ) -> None:
        """The same of another model, or of none: everything is shown in the order of the model."""
        self.beginResetModel()
        self.arrangement = replace(Arrangement(), folds=self.arrangement.folds)
        self.rows = rows_of(plan, errors, kept)
        self.top = self.arrangement.arranged(self.rows)
        self.endResetModel()

    def arrange(self, **changes: Any) -> None:
        """Filter, sort or fold otherwise."""
        arrangement = replace(self.arrangement, **changes)
        if arrangement != self.arrangement:
            self.arrangement = arrangement
            self._show(arrangement.arranged(self.rows))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by raw values; `MODEL_ORDER` as column gives the order of the model."""
        is_descending = column != MODEL_ORDER and order == Qt.SortOrder.DescendingOrder
        self.arrange(column=column, is_descending=is_descending)

    def row_of(self, index: Index) -> Row:
        """What an index shows."""
        layer = index.internalId()
        return self.row_at(layer - 1, index.row()) if layer else self.top[index.row()]

    def row_at(self, number: int, inside: int = -1) -> Row:
        """The row at the top, or one inside of it."""
        return self.top[number] if inside < 0 else self._layer(number).rows[inside]

    def _layer(self, place: int) -> LayerRow:
        row = self.top[place]
        assert isinstance(row, LayerRow)
        return row

    def index(self, row: int, column: int, parent: Index = NO_PARENT) -> QModelIndex:
        """Of a tensor in a layer, or at the top."""
        if not (0 <= column < len(COLUMNS) and 0 <= row < self.rowCount(parent)):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]
        """The row of the layer."""
        layer = index.internalId() if index.isValid() else 0
        return self.createIndex(layer - 1, 0, 0) if layer else QModelIndex()

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        """As many as are shown."""
        if not parent.isValid():
            return len(self.top)
        if parent.internalId() or parent.column():
            return 0
        row = self.top[parent.row()]
        return len(row.rows) if isinstance(row, LayerRow) else 0

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        """Always the same."""
        return len(COLUMNS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The type of a written tensor can be edited."""
        if not index.isValid():
            return NO_FLAGS
        row = self.row_of(index)
        if isinstance(row, LayerRow):
            return LAYER_FLAGS
        return TYPE_FLAGS if index.column() == TYPE_COLUMN and row.written else TENSOR_FLAGS

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        """Text, tooltip, alignment."""
        read = self._data.get(role)
        return read(self.row_of(index), index.column(), bool(index.internalId())) if read and index.isValid() else None

    def shown(self, index: Index) -> tuple[str, Qt.AlignmentFlag, QFont | None]:
        """All that is painted of a cell: its text, where that stands, and a font unless it is the usual one."""
        row, column = self.row_of(index), index.column()
        return _text(row, column, bool(index.internalId())), COLUMNS[column].alignment, self._font(row)

    def _font(self, row: Row) -> QFont | None:
        return self._bold if isinstance(row, LayerRow) else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:
        """Title, tooltip and alignment of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        column = COLUMNS[section]
        if role == DISPLAY:
            return say(column.title) + (AIR if column.alignment == RIGHT else "")
        if role == TOOL_TIP:
            return say(column.tooltip)
        return column.alignment if role == ALIGNMENT else None

    def _show(self, top: list[Row]) -> None:
        """Become `top`: cells change where the rows are the same ones, else rows change places."""
        if len(top) <= MOST_SIGNALS and list(map(keys_of, top)) == list(map(keys_of, self.top)):
            self._change(top)
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        keys = [self.row_of(index).key for index in before]
        self.top = top
        places = places_in(top) if before else {}
        moved = [
            self.createIndex(*places[key][:1], index.column(), places[key][1]) if key in places else QModelIndex()
            for key, index in zip(keys, before, strict=True)
        ]
        self.changePersistentIndexList(before, moved)
        self.layoutChanged.emit()

    def _change(self, top: list[Row]) -> None:
        changed = [number for number, (new, old) in enumerate(zip(top, self.top, strict=True)) if new != old]
        self.top = top
        last = len(COLUMNS) - 1
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], last))
        for number in changed:
            layer = self.index(number, 0)
            if count := self.rowCount(layer):
                self.dataChanged.emit(self.index(0, 0, layer), self.index(count - 1, last, layer))


def _text(row: Row, column: int, is_inside: bool) -> str:
    """A tensor below its layer does not repeat the number."""
    return "" if is_inside and column == LAYER_COLUMN else COLUMNS[column].text_of(row)


def _accessible(row: Row, column: int, is_inside: bool) -> str | None:
    if isinstance(row, LayerRow):
        return say(text("Layer {layer}", layer=row.layer)) if column == LAYER_COLUMN else None
    if is_inside and column == LAYER_COLUMN:
        return say(text("Layer {layer}, {part}", layer=row.place.layer, part=row.place.part))
    return None
