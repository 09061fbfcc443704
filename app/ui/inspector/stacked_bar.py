"""A bar of pieces, each for a kind of part, in tints of one colour; and the sign of a kind beside its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.core.describe.tensor_places import PartKind
from app.core.text import Text
from app.ui.proof.tones import Tone
from app.ui.say import say
from app.ui.widgets.axes import faded
from app.ui.widgets.shown_text import wrapped_tooltip

THICK, SIGN = 16, 12  # pixels
LINED = 3  # narrower pieces are all outline
# Of the colour: a kind keeps its tint, and what is likely to be a neighbour has quite another one
STRENGTH = {
    PartKind.OUTPUT: 0.7,
    PartKind.EMBEDDING: 1.0,
    PartKind.ATTENTION: 0.3,
    PartKind.FEED_FORWARD: 0.6,
    PartKind.EXPERTS: 0.85,
    PartKind.NORMS: 0.15,
    PartKind.OTHER: 0.0,
}


@dataclass(frozen=True)
class Piece:
    """`told` is what is known of it."""

    kind: PartKind
    size: float
    told: Text


class StackedBar(QWidget):
    """Pieces beside each other, a line between them, so that no two look like one. `most`: the size that fills it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pieces: tuple[Piece, ...] = ()
        self._most = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(60)

    def show_pieces(self, pieces: Sequence[Piece], most: float, name: Text) -> None:
        """Instead of those before; `name` is for those who cannot see it."""
        self.pieces, self._most = tuple(pieces), most or 1.0
        self.setAccessibleName(say(name))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(90, THICK)

    @property
    def places(self) -> list[QRectF]:
        """Of the pieces, to whole pixels, so that lines are sharp."""
        ends = [0.0]
        for piece in self.pieces:
            ends.append(ends[-1] + piece.size)
        edges = [round(end / self._most * self.width()) for end in ends]
        return [QRectF(left, 0, right - left, self.height()) for left, right in pairwise(edges)]

    def paintEvent(self, _: QPaintEvent) -> None:
        with QPainter(self) as painter:
            for piece, place in zip(self.pieces, self.places, strict=True):
                _paint(painter, self, place.adjusted(0, 0, -1, 0), STRENGTH[piece.kind])

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            told = self.told_at(event.pos().x())
            if told:
                QToolTip.showText(event.globalPos(), wrapped_tooltip(told), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def told_at(self, x: float) -> str:
        """What is known of the piece at a place, "" beside the bar."""
        found = zip(self.pieces, self.places, strict=True)
        return next((say(piece.told) for piece, place in found if place.left() <= x < place.right()), "")


class Sign(QWidget):
    """What pieces of a kind look like."""

    def __init__(self, kind: PartKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = kind
        self.setFixedSize(SIGN, SIGN)

    def paintEvent(self, _: QPaintEvent) -> None:
        with QPainter(self) as painter:
            _paint(painter, self, QRectF(self.rect()), STRENGTH[self._kind])


def _paint(painter: QPainter, widget: QWidget, place: QRectF, strength: float) -> None:
    """A tint with an outline, which is seen whatever the tint is."""
    colour = Tone.FAIR.colour(widget.palette())
    if place.width() < LINED:
        painter.fillRect(place, colour)
        return
    painter.setPen(colour)
    painter.setBrush(faded(colour, strength))
    painter.drawRect(place.adjusted(0, 0, -1, -1))
