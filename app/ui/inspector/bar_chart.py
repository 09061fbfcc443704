"""A chart of bars, drawn by Qt; the arrow keys go from one to the next."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from app.core.text import joined, text
from app.ui import desktop
from app.ui.inspector.bars import Bars
from app.ui.proof.tones import Tone
from app.ui.say import say
from app.ui.widgets.axes import GAP, Axes, faded
from app.ui.widgets.card_frame import wrapping
from app.ui.widgets.shown_text import wrapped_tooltip

HEIGHT = 132
HOW_TO_MOVE = text("The arrow keys go from bar to bar.")
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
BEFORE = 0.35  # how strong the colour of a bar is that has another one beside it


class BarChart(QWidget):
    """The chart, and under it what is known of the bar that was chosen."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas, self.readout = BarCanvas(name), wrapping()
        self.readout.setMinimumHeight(2 * self.readout.fontMetrics().lineSpacing())  # nothing jumps
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.canvas)
        layout.addWidget(self.readout)
        self.canvas.told.connect(self._tell)

    def show_bars(self, bars: Bars) -> None:
        """Another chart; nothing is chosen in it."""
        self.canvas.show_bars(bars)
        self.readout.setText(say(bars.said))

    def _tell(self, said: str) -> None:
        self.readout.setText(said)
        desktop.tell(self.canvas, said)


class BarCanvas(QWidget):
    """What is drawn; `told` has what is known of the bar that was chosen."""

    told = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars, self.chosen = Bars(), -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(say(name))

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)

    def show_bars(self, bars: Bars) -> None:
        """Draw these from now on."""
        self.bars, self.chosen = bars, -1
        self.setAccessibleDescription(say(joined(" ", (bars.said, HOW_TO_MOVE))))
        self.update()

    def choose(self, number: int) -> None:
        """Mark a bar and tell of it."""
        if self.bars.bars:
            self.chosen = max(0, min(number, len(self.bars.bars) - 1))
            self.told.emit(say(self.bars.bars[self.chosen].told))
            self.update()

    @property
    def area(self) -> QRectF:
        """Where bars are; numbers are at its left and below it."""
        metrics = self.fontMetrics()
        left = max((metrics.horizontalAdvance(say(label)) for _, label in self.bars.ticks), default=0)
        return QRectF(self.rect()).adjusted(left + 2 * GAP, GAP + metrics.ascent() / 2, -GAP, -metrics.height() - GAP)

    def bar_at(self, x: float) -> int:
        """The number of the bar that is meant by a place, −1 outside."""
        area, count = self.area, len(self.bars.bars)
        inside = bool(count) and area.left() <= x <= area.right()
        return min(int((x - area.left()) / area.width() * count), count - 1) if inside else -1

    def paintEvent(self, _: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            axes, area = Axes(painter, self), self.area
            axes.grid(area, ((area.bottom() - height * area.height(), say(label)) for height, label in self.bars.ticks))
            width = area.width() / max(len(self.bars.bars), 1)
            for number, bar in enumerate(self.bars.bars):
                self._paint(axes, QRectF(area.left() + number * width, area.top(), width, area.height()), bar.heights)
            if self.chosen >= 0:
                place = QRectF(area.left() + self.chosen * width, area.top(), width, area.height())
                painter.fillRect(place, faded(axes.text, 0.15))
            below = area.bottom() + axes.metrics.ascent() + 2
            first, last = (say(end) for end in self.bars.ends)
            axes.write(QPointF(area.left(), below), first)
            axes.write(QPointF(area.right() - axes.metrics.horizontalAdvance(last), below), last)
            axes.frame_focus()

    def _paint(self, axes: Axes, place: QRectF, heights: tuple[float, ...]) -> None:
        colour = Tone.FAIR.colour(axes.palette)
        gap = min(2.0, place.width() / 5)
        width = (place.width() - gap) / len(heights)
        for number, height in enumerate(heights):
            is_before = number < len(heights) - 1
            tall = max(height * place.height(), 1.0 if height else 0.0)  # what is there is seen
            bar = QRectF(place.left() + gap / 2 + number * width, place.bottom() - tall, width, tall)
            axes.painter.fillRect(bar, faded(colour, BEFORE) if is_before else colour)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            number = self.bar_at(event.pos().x())
            if number < 0:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), wrapped_tooltip(say(self.bars.bars[number].told)), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self.bar_at(event.position().x())
        if number >= 0:
            self.choose(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = Qt.Key(event.key()), len(self.bars.bars) - 1
        if key in STEPS:
            self.choose(self.chosen + STEPS[key] if self.chosen >= 0 else 0)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.choose(0 if key == Qt.Key.Key_Home else last)
        else:
            super().keyPressEvent(event)
