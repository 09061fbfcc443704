"""The plan as a table: one row for each tensor of the file and for each that is left out."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.core.encode.kept import Kept
from app.core.plan import ConversionPlan, DroppedTensor, PlannedTensor
from app.ui.say import say
from app.ui.table.tensor_columns import COLUMNS, RIGHT, TensorRow
from app.ui.widgets.shown_text import wrapped_tooltip

SortRole = int(Qt.ItemDataRole.UserRole)
DISPLAY, TOOL_TIP, ALIGNMENT = (
    int(role) for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.TextAlignmentRole)
)

PLAN_ORDER = -1
AIR = "\u00a0"  # between a title at the right end and the next one
Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()
NO_ERRORS: Mapping[str, float] = MappingProxyType({})
NO_KEPT: Mapping[str, Kept] = MappingProxyType({})
Measure = TypeVar("Measure")

CELL_DATA: dict[int, Callable[[TensorRow, int], Any]] = {
    DISPLAY: lambda row, column: row.texts[column],
    SortRole: lambda row, column: COLUMNS[column].sort_key(row),
    TOOL_TIP: lambda row, column: wrapped_tooltip(say(COLUMNS[column].detail_of(row))),
    ALIGNMENT: lambda _, column: COLUMNS[column].alignment,
}


class TensorTableModel(QAbstractTableModel):
    """Shows the plan that it was given last. It sorts by itself: a proxy would ask for two values per comparison."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model_name: str | None = None
        self._planned: list[TensorRow] = []  # in the order of the plan
        self._rows: list[TensorRow] = []  # as they are sorted
        self._sort_column = PLAN_ORDER
        self._sort_order = Qt.SortOrder.AscendingOrder

    @property
    def rows(self) -> tuple[TensorRow, ...]:
        """All rows, as they are sorted."""
        return tuple(self._rows)

    def row(self, number: int) -> TensorRow:
        """The row with this number."""
        return self._rows[number]

    def set_plan(
        self, plan: ConversionPlan | None, errors: Mapping[str, float] = NO_ERRORS, kept: Mapping[str, Kept] = NO_KEPT
    ) -> None:
        """Show `plan`. The rows that the plan before had too stay; another model begins anew.

        By name in the file, as they were measured: `errors`, and how much was `kept` of an adapter's change.
        """
        tensors: tuple[PlannedTensor | DroppedTensor, ...] = (*plan.tensors, *plan.dropped) if plan else ()
        self._planned = [TensorRow(tensor, _measured(tensor, errors), _measured(tensor, kept)) for tensor in tensors]
        model_name = plan.model_name if plan else None
        if model_name == self._model_name:
            self._update(self._sorted())
        else:
            self.beginResetModel()
            self._rows = self._sorted()
            self.endResetModel()
        self._model_name = model_name

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by raw values; `PLAN_ORDER` as column gives the order of the plan."""
        self._sort_column, self._sort_order = column, order
        self._rearrange(self._sorted())

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        """As many as there are tensors."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        """Always the same."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        """Text, tooltip, alignment; `SortRole` gives raw values."""
        read = CELL_DATA.get(role)
        return read(self._rows[index.row()], index.column()) if read and index.isValid() else None

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

    def _sorted(self) -> list[TensorRow]:
        if self._sort_column == PLAN_ORDER:
            return list(self._planned)
        descending = self._sort_order == Qt.SortOrder.DescendingOrder
        return sorted(self._planned, key=COLUMNS[self._sort_column].sort_key, reverse=descending)

    def _rearrange(self, rows: list[TensorRow]) -> None:
        """Put the same rows into another order; selection and current cell go with them."""
        self.layoutAboutToBeChanged.emit()
        place = {row.key: number for number, row in enumerate(rows)}
        before = self.persistentIndexList()
        after = [self.index(place[self._rows[index.row()].key], index.column()) for index in before]
        self._rows = rows
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _update(self, rows: list[TensorRow]) -> None:
        """Become `rows` in the smallest steps: remove, put in order, insert, change."""
        old, new = {row.key: row for row in self._rows}, {row.key for row in rows}
        for first, last in reversed(_runs(number for number, row in enumerate(self._rows) if row.key not in new)):
            self.beginRemoveRows(NO_PARENT, first, last)
            del self._rows[first : last + 1]
            self.endRemoveRows()
        staying = [old[row.key] for row in rows if row.key in old]
        if staying != self._rows:
            self._rearrange(staying)
        for first, last in _runs(number for number, row in enumerate(rows) if row.key not in old):
            self.beginInsertRows(NO_PARENT, first, last)
            self._rows[first:first] = rows[first : last + 1]
            self.endInsertRows()
        changed = [number for number, row in enumerate(rows) if row != self._rows[number]]
        self._rows = rows
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(COLUMNS) - 1))


def _measured(tensor: PlannedTensor | DroppedTensor, found: Mapping[str, Measure]) -> Measure | None:
    return found.get(tensor.name) if isinstance(tensor, PlannedTensor) else None


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """[1, 2, 3, 7] → [(1, 3), (7, 7)]."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        first = runs.pop()[0] if runs and runs[-1][1] == number - 1 else number
        runs.append((first, number))
    return runs
