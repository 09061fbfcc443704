"""What all charts are drawn with: lines, texts, a grid with its numbers, the frame of the one that has the focus."""

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QWidget

GAP = 6  # pixels between text and lines
FEWEST = 18  # pixels between two numbers of the axis


class Axes:
    """One painting, in the colours that the widget has at the moment."""

    def __init__(self, painter: QPainter, widget: QWidget) -> None:
        self.painter, self._widget = painter, widget
        self.palette, self.metrics = widget.palette(), widget.fontMetrics()
        self.text = self.palette.color(QPalette.ColorRole.Text)
        self.faint = faded(self.text, 0.25)

    def grid(self, area: QRectF, ticks: Iterable[tuple[float, str]]) -> None:
        """Levels across `area`, from below to above, with what they are at its left where there is room."""
        last = float("inf")
        for y, label in ticks:
            self.line(self.faint, QPointF(area.left(), y), QPointF(area.right(), y))
            if last - y >= FEWEST:
                x = area.left() - GAP - self.metrics.horizontalAdvance(label)
                self.write(QPointF(x, self.middle(y)), label)
                last = y

    def middle(self, y: float) -> float:
        """The base line of a text whose middle is at `y`."""
        return y + self.metrics.ascent() / 2 - 1

    def line(self, colour: QColor, start: QPointF, end: QPointF, width: float = 1) -> None:
        """From one place to another."""
        self.painter.setPen(QPen(colour, width))
        self.painter.drawLine(start, end)

    def dashed(self, colour: QColor, start: QPointF, end: QPointF) -> None:
        """The same with gaps."""
        self.painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
        self.painter.drawLine(start, end)

    def write(self, place: QPointF, said: str) -> None:
        """A text that begins at `place`, on the base line."""
        self.painter.setPen(self.text)
        self.painter.drawText(place, said)

    def frame_focus(self) -> None:
        """Around a widget that has it."""
        if self._widget.hasFocus():
            self.painter.setPen(QPen(self.palette.color(QPalette.ColorRole.Highlight), 2))
            self.painter.setBrush(Qt.BrushStyle.NoBrush)
            self.painter.drawRect(QRectF(self._widget.rect()).adjusted(1, 1, -1, -1))


def faded(colour: QColor, alpha: float) -> QColor:
    """The same, as if through glass."""
    faint = QColor(colour)
    faint.setAlphaF(alpha)
    return faint
