"""A thin bar for how far an item is; its track can be seen in light and in dark."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QProgressBar

from app.core.progress import Progress

STEPS = 1000  # an int of Qt's has 32 bits, a byte count may have more
WIDTH, HEIGHT = 160, 6


class ItemProgress(QProgressBar):
    """Takes part in accessibility as what it is, and is drawn in the palette's colours of the moment."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(0, STEPS)
        self.setTextVisible(False)
        self.setFixedSize(WIDTH, HEIGHT)

    def show_progress(self, progress: Progress | None) -> None:
        """Of the stage at hand."""
        self.setValue(0 if progress is None else round(progress.share * STEPS))

    def paintEvent(self, _: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            track = self.palette().color(QPalette.ColorRole.Text)
            track.setAlphaF(0.22)
            whole, radius = QRectF(self.rect()), self.height() / 2
            painter.setBrush(track)
            painter.drawRoundedRect(whole, radius, radius)
            done = whole.width() * self.value() / STEPS
            if done:
                painter.setBrush(self.palette().color(QPalette.ColorRole.Accent))
                painter.setClipRect(QRectF(0, 0, done, whole.height()))
                painter.drawRoundedRect(whole, radius, radius)
