"""The divergence at every position, drawn by Qt; the arrow keys go from one to the next."""

from bisect import bisect_left, bisect_right

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.core.text import Text, in_one_line, joined, text
from app.core.verify.page.chart import Chart
from app.core.verify.page.parts import Drawing
from app.ui.proof.chart_painter import ChartPainter, area_of
from app.ui.proof.chart_places import Places
from app.ui.say import say
from app.ui.widgets.shown_text import wrapped_tooltip

HEIGHT = 260
HOW_TO_MOVE = text("The arrow keys go from position to position, Page Up and Page Down from passage to passage.")
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class DivergenceChart(QWidget):
    """Emits `selected(str)` with what is known of the position that was chosen by mouse or keyboard."""

    selected = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart = Chart((), (), (), ())
        self.legend: tuple[Text, ...] = ()
        self.chosen: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(say(text("KLD of each position")))

    def sizeHint(self) -> QSize:
        return QSize(400, HEIGHT)

    @property
    def places(self) -> Places:
        """Where everything is now."""
        return Places(self.chart, area_of(self, self.chart, self.legend))

    def show_drawing(self, drawing: Drawing) -> None:
        """Another chart; nothing is chosen in it."""
        self.chart, self.legend, self.chosen = drawing.chart, drawing.legend, None
        self.setAccessibleDescription(say(joined(" ", (drawing.said, HOW_TO_MOVE))))
        self.update()

    def told(self, index: int) -> str:
        """What is known of a position."""
        point = self.chart.points[index]
        if not point.is_other:
            return say(point.title)
        return say(text("{position} The likeliest token is another one.", position=point.title))

    def choose(self, index: int) -> None:
        """Mark a position and tell of it."""
        if self.chart.points:
            self.chosen = max(0, min(index, len(self.chart.points) - 1))
            self.update()
            self.selected.emit(in_one_line(self.told(self.chosen)))

    def paintEvent(self, _: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            ChartPainter(painter, self, self.places).paint(self.chosen, self.legend)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            index = self.places.nearest(QPointF(event.pos()))
            if index is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), wrapped_tooltip(self.told(index)), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.places.nearest(event.position())
        if index is not None:
            self.choose(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self._moved_to(Qt.Key(event.key()))
        if index is None:
            super().keyPressEvent(event)
        else:
            self.choose(index)

    def _moved_to(self, key: Qt.Key) -> int | None:
        """By a position, by a passage, to an end; None for other keys."""
        if key in STEPS:
            return 0 if self.chosen is None else self.chosen + STEPS[key]
        if key is Qt.Key.Key_Home:
            return 0
        if key is Qt.Key.Key_End:
            return len(self.chart.points) - 1
        starts = self._starts()
        if key is Qt.Key.Key_PageDown:
            following = bisect_right(starts, self.chosen or 0)
            return starts[following] if following < len(starts) else len(self.chart.points) - 1
        if key is Qt.Key.Key_PageUp:
            return starts[max(0, bisect_left(starts, self.chosen or 0) - 1)]
        return None

    def _starts(self) -> list[int]:
        """The first position of each passage."""
        all_x = [point.x for point in self.chart.points]
        return [bisect_left(all_x, band.left) for band in self.chart.bands] or [0]
