"""Two bars for each kind of part, in the folder and in the file, with their sizes beside them."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.core.describe.model_shares import Share
from app.core.describe.tensor_places import PartKind
from app.core.human_text import bytes_in_words
from app.core.text import text
from app.ui.inspector.bar_chart import BEFORE
from app.ui.proof.tones import Tone
from app.ui.say import say
from app.ui.widgets.axes import faded
from app.ui.widgets.card_frame import wrapping

THICK = 7  # pixels


class TwoBars(QWidget):
    """The paler one is the folder's."""

    def __init__(self, before: float, after: float, parent: QWidget | None = None) -> None:
        """Lengths between 0 and 1."""
        super().__init__(parent)
        self._lengths = before, after
        self.setMinimumWidth(60)

    def sizeHint(self) -> QSize:
        return QSize(90, 2 * THICK + 2)

    def paintEvent(self, _: QPaintEvent) -> None:
        painter, colour = QPainter(self), Tone.FAIR.colour(self.palette())
        top = (self.height() - 2 * THICK - 1) / 2
        for number, length in enumerate(self._lengths):
            place = QRectF(0, top + number * (THICK + 1), max(length * self.width(), 1.0 if length else 0.0), THICK)
            painter.fillRect(place, colour if number else faded(colour, BEFORE))


class PartBars(QWidget):
    """Filled anew for each plan."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self.rows: list[tuple[QLabel, TwoBars, QLabel]] = []

    def show_parts(self, parts: Mapping[PartKind, Share]) -> None:
        """Of the kinds that there are."""
        before: list[QWidget] = [widget for row in self.rows for widget in row]
        for widget in before:
            self._grid.removeWidget(widget)
            widget.deleteLater()
        most = max((max(one.before, one.after) for one in parts.values()), default=0) or 1
        self.rows = [self._row(kind, one, most) for kind, one in parts.items()]
        for number, (title, bars, sizes) in enumerate(self.rows):
            self._grid.addWidget(title, number, 0)
            self._grid.addWidget(bars, number, 1)
            self._grid.addWidget(sizes, number, 2)

    def _row(self, kind: PartKind, one: Share, most: int) -> tuple[QLabel, TwoBars, QLabel]:
        title, sizes = QLabel(say(kind.title)), wrapping()
        said = text("{before} → {after}", before=bytes_in_words(one.before), after=bytes_in_words(one.after))
        sizes.setText(say(said))
        sizes.setWordWrap(False)
        sizes.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        sizes.setMinimumWidth(sizes.sizeHint().width())
        sizes.setAccessibleName(say(text("{title}: {value}", title=kind.title, value=said)))
        return title, TwoBars(one.before / most, one.after / most), sizes
