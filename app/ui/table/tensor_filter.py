"""Which rows of the tensor table are shown."""

from collections.abc import Iterator

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt

from app.ui.table.tensor_columns import RowKind, TensorRow
from app.ui.table.tensor_table_model import TensorTableModel


class TensorFilter(QSortFilterProxyModel):
    """Shows rows of one kind, or all, whose names contain every word. The model sorts."""

    def __init__(self, model: TensorTableModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._words: tuple[str, ...] = ()
        self._kind: RowKind | None = None
        self.setSourceModel(model)

    def set_text(self, text: str) -> None:
        """Each word must occur in the name of the source or of the tensor in the file; case does not matter."""
        self._change(tuple(text.casefold().split()), self._kind)

    def set_kind(self, kind: RowKind | None) -> None:
        """None shows all kinds."""
        self._change(self._words, kind)

    def shown_rows(self) -> Iterator[TensorRow]:
        """What is shown, as it is sorted."""
        yield from (self.row_at(number) for number in range(self.rowCount()))

    def row_at(self, number: int) -> TensorRow:
        """The row with this number among those that are shown."""
        return self._model.row(self.mapToSource(self.index(number, 0)).row())

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Have the model sort: the view asks here."""
        self._model.sort(column, order)

    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex | QPersistentModelIndex) -> bool:
        """Both text and kind must fit."""
        row = self._model.row(source_row)
        return self._kind in (None, row.kind) and all(word in row.names for word in self._words)

    def _change(self, words: tuple[str, ...], kind: RowKind | None) -> None:
        if (words, kind) == (self._words, self._kind):
            return
        self.beginFilterChange()
        self._words, self._kind = words, kind
        self.endFilterChange(QSortFilterProxyModel.Direction.Rows)
