"""The columns of the tensor table, each declared once, and the row that they read."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import Any

from PySide6.QtCore import Qt

from app.core.describe.fine_tuned import fine_tuned, update_words
from app.core.describe.summary import dtype_in_words, what_happens
from app.core.encode.kept import Kept
from app.core.human_text import bytes_in_words, shape_in_words
from app.core.plan import DroppedTensor, Method, PlannedTensor
from app.core.text import Text, counted, in_one_line, joined, text
from app.ui.say import say

NOTHING = "–"
SMALLEST_SHARE = 1e-4  # smaller ones are written with an exponent
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class RowKind(Enum):
    """What happens to the tensor of a row."""

    AS_IT_IS = auto()
    CHANGED = auto()
    LEFT_OUT = auto()


@dataclass(frozen=True)
class TensorRow:
    """A written tensor, or one that is left out. What is asked again and again is worked out once."""

    tensor: PlannedTensor | DroppedTensor
    error: float | None = None  # relative, as it was measured while converting
    kept: Kept | None = None  # of an adapter's change, measured at the same time

    @property
    def written(self) -> PlannedTensor | None:
        """The tensor of the file, None when left out."""
        return self.tensor if isinstance(self.tensor, PlannedTensor) else None

    @cached_property
    def key(self) -> tuple[str, str]:
        """The row is the same one in every plan for a folder that has this key."""
        return self.tensor.source.name, self.written.name if self.written else ""

    @cached_property
    def kind(self) -> RowKind:
        """Written as it is, changed or left out."""
        if self.written is None:
            return RowKind.LEFT_OUT
        is_copied = self.written.method is Method.COPY and not fine_tuned(self.written)
        return RowKind.AS_IT_IS if is_copied else RowKind.CHANGED

    @cached_property
    def names(self) -> str:
        """Both names without case, to search in."""
        return "\n".join(self.key).casefold()

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """One for each column, in the language of the window."""
        return tuple(say(column.text(self)) for column in COLUMNS)


@dataclass(frozen=True)
class Column:
    """Texts are said when they are shown. `detail` and `copied` are for cells that show or copy another text.

    A column with an `elide` mode may be narrower than its texts, and asks for `widest` digits at most. One that
    `gives_way` is hidden in a narrow table, the lowest number first; one that `is_optional` also where it says nothing.
    """

    title: str
    tooltip: str
    text: Callable[[TensorRow], str]
    sort_key: Callable[[TensorRow], Any]
    detail: Callable[[TensorRow], str] | None = None
    copied: Callable[[TensorRow], str] | None = None
    alignment: Qt.AlignmentFlag = LEFT
    elide: Qt.TextElideMode | None = None
    widest: int = 0
    gives_way: int = 0
    is_optional: bool = False

    def detail_of(self, row: TensorRow) -> str:
        """The tooltip of a cell."""
        return (self.detail or self.text)(row)

    def says_something(self, row: TensorRow) -> bool:
        """Whether a cell holds more than the sign for nothing."""
        return self.text(row) != NOTHING

    def copied_of(self, row: TensorRow) -> str:
        """What is copied from a cell."""
        return (self.copied or self.text)(row)


def natural_key(name: str) -> str:
    """Sorts layer 2 before layer 10."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(9), name.casefold())


def _source_name(row: TensorRow) -> str:
    return in_one_line(row.tensor.source.name)


def _source_detail(row: TensorRow) -> str:
    if not _is_stored(row):
        return _source_name(row)
    stored = joined(", ", (_shape(row), _dtype(row), _exact_bytes(row.tensor.source.byte_count)))
    return f"{_source_name(row)}\n{say(stored)}"


def _is_stored(row: TensorRow) -> bool:
    """False for what follows from config.json alone."""
    return row.written is None or bool(row.written.sources)


def _shape(row: TensorRow) -> str:
    return shape_in_words(row.tensor.source.shape)


def _dtype(row: TensorRow) -> str:
    return dtype_in_words(row.tensor.source)


def _file_name(row: TensorRow) -> str:
    return row.written.name if row.written else NOTHING


def _type(row: TensorRow) -> str:
    return row.written.type.name if row.written else NOTHING


def _file_size(row: TensorRow) -> str:
    return bytes_in_words(row.written.byte_count) if row.written else NOTHING


def _exact_bytes(count: int) -> Text:
    return counted("{count:,} byte", "{count:,} bytes", count)


def _what_happens(row: TensorRow) -> str:
    return what_happens(row.tensor)


def _what_happens_in_detail(row: TensorRow) -> str:
    lines = (_what_happens(row), *(update_words(row.written) if row.written else ()))
    return "\n".join(map(say, lines))


def _kept(row: TensorRow) -> str:
    return f"{row.kept.share:.1%}" if row.kept else NOTHING


def _kept_detail(row: TensorRow) -> str:
    if row.kept is None:
        return text("Measured while converting") if row.written and fine_tuned(row.written) else NOTHING
    return text(
        "{share:.2%} of the change is in the file; rounding adds noise of {noise:.2%} of it",
        share=row.kept.share,
        noise=row.kept.noise_share,
    )


def _error(row: TensorRow) -> str:
    """Measured, or as far as it is known before converting."""
    if row.error:
        return f"{row.error:.2%}" if row.error >= SMALLEST_SHARE else f"{row.error:.0e}"
    known = row.written.error if row.written else None
    if known == 0 or row.error == 0:
        return text("exact")
    return f"≤ {known:.1e}" if known else NOTHING


def _error_detail(row: TensorRow) -> str:
    if row.error:
        return text("Root mean square of the change, relative to the values: {error:.4g}", error=row.error)
    known = row.written.error if row.written else None
    if known:
        return text("No value changes by more than {error:.2g}", error=known)
    if known == 0 or row.error == 0:
        return text("Every value is kept")
    return text("Measured while converting")


def _error_key(row: TensorRow) -> float:
    known = row.written.error if row.written else None
    return row.error if row.error is not None else known if known is not None else -1.0


COLUMNS = (
    Column(
        title=text("Source name"),
        tooltip=text("Name of the tensor in the model folder"),
        text=_source_name,
        sort_key=lambda row: natural_key(_source_name(row)),
        detail=_source_detail,
        elide=Qt.TextElideMode.ElideLeft,
        widest=44,
    ),
    Column(
        title=text("Shape"),
        tooltip=text("Rows × columns; sorted by the number of values"),
        text=_shape,
        sort_key=lambda row: row.tensor.source.element_count,
        alignment=RIGHT,
        gives_way=2,
    ),
    Column(
        title=text("Dtype"),
        tooltip=text("How the folder stores the values"),
        text=_dtype,
        sort_key=_dtype,
        gives_way=4,
    ),
    Column(
        title=text("Size"),
        tooltip=text("Bytes in the folder, scales and biases included"),
        text=lambda row: bytes_in_words(row.tensor.source.byte_count) if _is_stored(row) else NOTHING,
        sort_key=lambda row: row.tensor.source.byte_count,
        detail=lambda row: _exact_bytes(row.tensor.source.byte_count) if _is_stored(row) else NOTHING,
        copied=lambda row: str(row.tensor.source.byte_count),
        alignment=RIGHT,
        gives_way=1,
    ),
    Column(
        title=text("GGUF name"),
        tooltip=text("Name of the tensor in the GGUF file"),
        text=_file_name,
        sort_key=lambda row: natural_key(row.key[1]),
        elide=Qt.TextElideMode.ElideMiddle,
        widest=44,
    ),
    Column(
        title=text("Type"),
        tooltip=text("How the GGUF file stores the values"),
        text=_type,
        sort_key=lambda row: row.written.type.name if row.written else "",
    ),
    Column(
        title=text("File size"),
        tooltip=text("Bytes in the GGUF file"),
        text=_file_size,
        sort_key=lambda row: row.written.byte_count if row.written else -1,
        detail=lambda row: _exact_bytes(row.written.byte_count) if row.written else NOTHING,
        copied=lambda row: str(row.written.byte_count) if row.written else NOTHING,
        alignment=RIGHT,
    ),
    Column(
        title=text("Error"),
        tooltip=text("How far the values in the file differ from the folder's"),
        text=_error,
        sort_key=_error_key,
        detail=_error_detail,
        copied=lambda row: str(row.error) if row.error is not None else _error(row),
        alignment=RIGHT,
        gives_way=3,
    ),
    Column(
        title=text("Kept"),
        tooltip=text("How much of the fine-tune's change is in the file"),
        text=_kept,
        sort_key=lambda row: row.kept.share if row.kept else -1.0,
        detail=_kept_detail,
        copied=lambda row: str(row.kept.share) if row.kept else NOTHING,
        alignment=RIGHT,
        is_optional=True,
    ),
    Column(
        title=text("What happens"),
        tooltip=text("What is done to the values on their way into the file"),
        text=_what_happens,
        sort_key=lambda row: natural_key(say(_what_happens(row))),
        detail=_what_happens_in_detail,
        elide=Qt.TextElideMode.ElideRight,
        widest=23,
    ),
)
