"""A line of which the end may be missing on the screen; it is whole in the tooltip and for screen readers."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.core.text import in_one_line
from app.ui.say import say
from app.ui.widgets.shown_text import plain_tooltip


class ElidedLabel(QLabel):
    """Takes the room that there is, and wants as much as its line needs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.whole = self._tip = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(1)

    def show_line(self, said: str, tip: str = "") -> None:
        """In the place of what was shown. `tip`: for the tooltip, where it tells more than the line."""
        self.whole, self._tip = in_one_line(say(said)), tip
        self.setAccessibleName(self.whole)
        self.updateGeometry()
        self._elide()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.whole) + 2, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideMiddle, self.width())
        self.setText(shown)
        tip = self._tip or (self.whole if shown != self.whole else "")
        self.setToolTip(plain_tooltip(tip) if tip else "")
