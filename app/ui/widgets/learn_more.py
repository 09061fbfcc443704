"""Learn More: asks for the guide's paragraph about something, without knowing who shows the guide."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent, QPalette, QWhatsThisClickedEvent
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionFocusRect, QStylePainter, QToolButton, QWidget

from app.core.text import text
from app.ui.say import say
from app.ui.widgets.link_colour import link_colour

MARGIN = 4  # pixels at either side, for the frame of the focus


class LearnMore(QToolButton):
    """A button in the look of a link, as high as a line of text.

    It sends what Qt sends for a link in What's This to the window it is in, then to those that this one belongs to.
    """

    def __init__(self, code: str = "", about: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(say(text("Learn More")))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._ask)
        self._tell(code, about)
        if not code:
            self.hide()  # else it is shown by what it is put into; by itself it would be a window

    def set_about(self, code: str, about: str) -> None:
        """`code` of a finding, which `about` says in words; hidden without one."""
        self._tell(code, about)
        self.setHidden(not code)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 2 * MARGIN, metrics.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QStylePainter(self)
        font, colour = self.font(), link_colour(self.palette())
        font.setUnderline(self.underMouse() or colour == self.palette().color(QPalette.ColorRole.Text))
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            painter.drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, option)

    def _tell(self, code: str, about: str) -> None:
        self.code = code
        self.setAccessibleDescription(say(about))

    def _ask(self) -> None:
        asked: QWidget | None = self.window()
        while asked is not None and not QApplication.sendEvent(asked, QWhatsThisClickedEvent(self.code)):
            holder = asked.parentWidget()
            asked = holder.window() if holder is not None else None
