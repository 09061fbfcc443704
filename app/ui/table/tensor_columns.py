"""The columns of the tensor table, each declared once."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt

from app.core.human_text import bytes_in_words
from app.core.text import text
from app.ui.say import say
from app.ui.table import cell_texts as cell
from app.ui.table.tensor_row import LayerRow, Row, TensorRow

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Column:
    """Texts are said when they are shown. `detail` and `copied` are for cells that show or copy another text, `summed`
    is what the row of a layer has.

    `name` stays whatever the title is: by it a choice of columns is remembered. `widest` is in digits: no text makes
    the column wider at first, and values that change later find room for so much. Sorted by a column that is `flat`,
    tensors of all layers stand among each other.
    """

    name: str
    title: str
    tooltip: str
    text: Callable[[TensorRow], str]
    sort_key: Callable[[TensorRow], Any]
    summed: Callable[[LayerRow], str] = lambda _: ""
    detail: Callable[[TensorRow], str] | None = None
    copied: Callable[[TensorRow], str] | None = None
    alignment: Qt.AlignmentFlag = LEFT
    narrowest: int = 0
    widest: int = 60
    is_flat: bool = False
    is_for_adapters: bool = False

    def text_of(self, row: Row) -> str:
        """What a cell shows."""
        return say(self.summed(row) if isinstance(row, LayerRow) else self.text(row))

    def detail_of(self, row: Row) -> str:
        """The tooltip of a cell."""
        return say(self.summed(row) if isinstance(row, LayerRow) else (self.detail or self.text)(row))

    def copied_of(self, row: TensorRow) -> str:
        """What is copied from a cell."""
        return say((self.copied or self.text)(row))


def natural_key(name: str) -> str:
    """Sorts layer 2 before layer 10."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(9), name.casefold())


COLUMNS = (
    Column(
        "layer",
        title=text("Layer"),
        tooltip=text("Number of the layer; what lies outside of layers comes first"),
        text=cell.layer,
        sort_key=lambda row: -1 if row.place.layer is None else row.place.layer,
        summed=lambda row: str(row.layer),
        detail=cell.names,
        narrowest=6,
    ),
    Column(
        "part",
        title=text("Part"),
        tooltip=text("Name in the GGUF file without the layer; in the folder, where it is left out"),
        text=lambda row: row.place.part,
        sort_key=lambda row: natural_key(row.place.part),
        summed=cell.tensor_count,
        detail=cell.names,
        narrowest=16,
    ),
    Column(
        "shape",
        title=text("Shape"),
        tooltip=text("Rows × columns; sorted by the number of values"),
        text=cell.shape,
        sort_key=lambda row: row.tensor.source.element_count,
        alignment=RIGHT,
        is_flat=True,
    ),
    Column(
        "size",
        title=text("Size"),
        tooltip=text("Bytes in the folder, scales and biases included"),
        text=cell.size,
        sort_key=lambda row: row.tensor.source.byte_count,
        summed=lambda row: bytes_in_words(row.share.before),
        detail=cell.size_detail,
        copied=lambda row: str(row.tensor.source.byte_count),
        alignment=RIGHT,
        narrowest=8,
        is_flat=True,
    ),
    Column(
        "stored",
        title=text("Stored as"),
        tooltip=text("How the folder stores the values"),
        text=cell.dtype,
        sort_key=cell.dtype,
        summed=cell.dtypes,
        widest=24,
    ),
    Column(
        "type",
        title=text("Type"),
        tooltip=text("How the GGUF file stores the values; press Return or double-click to choose"),
        text=cell.type_name,
        sort_key=lambda row: row.written.type.name if row.written else "",
        summed=cell.type_names,
        narrowest=12,
        widest=22,
    ),
    Column(
        "file-size",
        title=text("File size"),
        tooltip=text("Bytes in the GGUF file"),
        text=cell.file_size,
        sort_key=lambda row: row.written.byte_count if row.written else -1,
        summed=lambda row: bytes_in_words(row.share.after),
        detail=cell.file_size_detail,
        copied=lambda row: str(row.written.byte_count) if row.written else cell.NOTHING,
        alignment=RIGHT,
        narrowest=8,
        is_flat=True,
    ),
    Column(
        "change",
        title=text("Change (average)"),
        tooltip=text("How far the values in the file differ from the folder's, relative to them"),
        text=cell.change,
        sort_key=cell.change_key,
        summed=cell.change_of_layer,
        detail=cell.change_detail,
        copied=lambda row: str(row.error) if row.error is not None else cell.change(row),
        alignment=RIGHT,
        narrowest=9,
        is_flat=True,
    ),
    Column(
        "kept",
        title=text("Kept"),
        tooltip=text("How much of the fine-tune's change is in the file"),
        text=cell.kept,
        sort_key=lambda row: row.kept.share if row.kept else -1.0,
        summed=cell.kept_of_layer,
        detail=cell.kept_detail,
        copied=lambda row: str(row.kept.share) if row.kept else cell.NOTHING,
        alignment=RIGHT,
        narrowest=7,
        is_flat=True,
        is_for_adapters=True,
    ),
    Column(
        "action",
        title=text("What happens"),
        tooltip=text("What is done to the values on their way into the file"),
        text=cell.action,
        sort_key=lambda row: natural_key(say(cell.action(row))),
        detail=cell.action_detail,
        narrowest=20,
        widest=40,
    ),
)
LAYER_COLUMN, PART_COLUMN, TYPE_COLUMN = 0, 1, 5
