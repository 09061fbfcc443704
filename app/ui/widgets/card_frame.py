"""A card: a quiet frame with a title, in the colours of the palette."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app.ui.say import say
from app.ui.widgets.quiet_text import QuietText

MARGIN, RADIUS = 14, 8


class CardFrame(QFrame):
    """Put widgets into `body`."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.body.setSpacing(8)
        if title:
            self.body.addWidget(heading(title))

    def paintEvent(self, _: QPaintEvent) -> None:
        paint_card(self)


def paint_card(widget: QWidget) -> None:
    """A rounded ground in the palette's colours of the moment; a style sheet would keep those it was made with."""
    with QPainter(widget) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = widget.palette()
        painter.setBrush(palette.color(QPalette.ColorRole.Base))
        painter.setPen(palette.color(QPalette.ColorRole.Midlight))
        painter.drawRoundedRect(QRectF(widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


def heading(title: str) -> QLabel:
    """A title inside a card."""
    label = QLabel(say(title))
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label


def quiet(label: QLabel) -> QLabel:
    """Less important text, which may name what lies in a folder."""
    label.setTextFormat(Qt.TextFormat.PlainText)
    QuietText(label)
    return label


def selectable(label: QLabel) -> QLabel:
    """Can be selected and copied by mouse and by keyboard, which reaches it with Tab."""
    by = Qt.TextInteractionFlag
    label.setTextInteractionFlags(by.TextSelectableByMouse | by.TextSelectableByKeyboard)
    label.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return label


def wrapping(said: str = "") -> QLabel:
    """A paragraph that wraps and can be selected."""
    label = QLabel(say(said))
    label.setWordWrap(True)
    label.setMinimumWidth(1)  # else the longest name in a text makes all cards wider than their column
    label.setTextFormat(Qt.TextFormat.PlainText)  # names come from untrusted files
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
