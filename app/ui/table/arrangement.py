"""Which rows are shown, in which order, and whether they are folded by layer."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.describe.tensor_places import order_of
from app.ui.table.tensor_columns import COLUMNS, LAYER_COLUMN
from app.ui.table.tensor_row import LayerRow, Row, RowKind, TensorRow

MODEL_ORDER = -1


@dataclass(frozen=True)
class Arrangement:
    """Rows of one kind, or all, whose names contain every word. In `MODEL_ORDER` head and embedding come first, then
    what else lies outside of layers, then layer after layer.
    """

    words: tuple[str, ...] = ()
    kind: RowKind | None = None
    column: int = MODEL_ORDER
    is_descending: bool = False
    folds: bool = True

    @property
    def hides(self) -> bool:
        """Whether there is anything that may not be shown."""
        return bool(self.words) or self.kind is not None

    @property
    def is_folded(self) -> bool:
        """Whether layers have rows of their own."""
        return self.folds and not (self.column != MODEL_ORDER and COLUMNS[self.column].is_flat)

    def arranged(self, rows: Iterable[TensorRow]) -> list[Row]:
        """The rows at the top."""
        shown = [row for row in rows if self._accepts(row)]
        if self.column != MODEL_ORDER:
            shown.sort(key=COLUMNS[self.column].sort_key, reverse=self.is_descending)
        if self.is_folded:
            return self._folded(shown)
        if self.column == MODEL_ORDER:
            shown.sort(key=lambda row: order_of(row.place))
        return list(shown)

    def _accepts(self, row: TensorRow) -> bool:
        return all(word in row.names for word in self.words) and (self.kind is None or self.kind is row.kind)

    def _folded(self, shown: Iterable[TensorRow]) -> list[Row]:
        """Layers in their order, but where they themselves are sorted the other way round."""
        layers: dict[int, list[TensorRow]] = {}
        outside: list[TensorRow] = []
        for row in shown:
            if row.place.layer is None:
                outside.append(row)
            else:
                layers.setdefault(row.place.layer, []).append(row)
        outside.sort(key=lambda row: order_of(row.place))
        numbers = sorted(layers, reverse=self.is_descending and self.column == LAYER_COLUMN)
        return [*outside, *(LayerRow(number, tuple(layers[number])) for number in numbers)]


def keys_of(row: Row) -> object:
    """Equal where a row shows the same tensors."""
    return (row.key, tuple(one.key for one in row.rows)) if isinstance(row, LayerRow) else row.key


def places_in(top: list[Row]) -> dict[object, tuple[int, int]]:
    """Row, and id of its index, by the key of what is shown."""
    found: dict[object, tuple[int, int]] = {}
    for number, row in enumerate(top):
        found[row.key] = number, 0
        if isinstance(row, LayerRow):
            found |= {one.key: (place, number + 1) for place, one in enumerate(row.rows)}
    return found
