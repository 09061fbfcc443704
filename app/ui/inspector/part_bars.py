"""What kinds of parts take, in the folder and in the file: two bars, and below them the kinds with their sizes."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.core.describe.model_shares import Share
from app.core.describe.tensor_places import PartKind
from app.core.human_text import bytes_in_words
from app.core.text import Text, joined, text
from app.ui.inspector.stacked_bar import Piece, Sign, StackedBar
from app.ui.say import say
from app.ui.widgets.card_frame import wrapping

FOLDER, FILE = text("In the folder"), text("In the file")


class PartBars(QWidget):
    """Filled anew for each plan."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(2, 1)
        self.before, self.after = StackedBar(), StackedBar()
        for number, (title, bar) in enumerate(((FOLDER, self.before), (FILE, self.after))):
            self._grid.addWidget(QLabel(say(title)), number, 0, 1, 2)
            self._grid.addWidget(bar, number, 2)
        self.rows: list[tuple[QLabel, Sign, QLabel]] = []

    def show_parts(self, parts: Mapping[PartKind, Share]) -> None:
        """Of the kinds that there are."""
        shown: list[QWidget] = [widget for row in self.rows for widget in row]
        for widget in shown:
            self._grid.removeWidget(widget)
            widget.deleteLater()
        before = {kind: one.before for kind, one in parts.items()}
        after = {kind: one.after for kind, one in parts.items()}
        most = max(sum(before.values()), sum(after.values()))
        _fill(self.before, before, most, FOLDER)
        _fill(self.after, after, most, FILE)
        self.rows = [_row(kind, one) for kind, one in parts.items()]
        for number, (title, sign, sizes) in enumerate(self.rows, start=2):
            self._grid.addWidget(sign, number, 0)
            self._grid.addWidget(title, number, 1)
            self._grid.addWidget(sizes, number, 2)


def _fill(bar: StackedBar, sizes: Mapping[PartKind, int], most: int, where: Text) -> None:
    told = {kind: text("{title}: {value}", title=kind.title, value=bytes_in_words(sizes[kind])) for kind in sizes}
    name = text("{title}: {value}", title=where, value=joined(", ", told.values()))
    bar.show_pieces([Piece(kind, size, told[kind]) for kind, size in sizes.items()], most, name)


def _row(kind: PartKind, one: Share) -> tuple[QLabel, Sign, QLabel]:
    sizes = wrapping()
    said = text("{before} → {after}", before=bytes_in_words(one.before), after=bytes_in_words(one.after))
    sizes.setText(say(said))
    sizes.setWordWrap(False)
    sizes.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    sizes.setMinimumWidth(sizes.sizeHint().width())
    sizes.setAccessibleName(say(text("{title}: {value}", title=kind.title, value=said)))
    return QLabel(say(kind.title)), Sign(kind), sizes
