"""A radio button that is a whole card or row: what is on it is laid out as in any other widget."""

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStyle, QStyleOptionButton, QWidget

from app.core.describe.format_choice import FormatChoice
from app.ui.formats.format_words import spoken_name
from app.ui.proof.toned import TonedSign
from app.ui.proof.tones import Tone
from app.ui.say import say
from app.ui.widgets.card_frame import RADIUS, quiet
from app.ui.widgets.outlined import OutlinedRadioButton
from app.ui.widgets.shown_text import wrapped_tooltip

SIGN, DOT, PADDING = 16, 18, 14  # pixels
RING = 2


class FormatButton(OutlinedRadioButton):
    """Emits `wanted(OutputType)` when a person takes it. What is on it lets the mouse through."""

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice: FormatChoice | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.clicked.connect(self._want)

    def show_choice(self, choice: FormatChoice, is_chosen: bool) -> None:
        """Fill in."""
        self.choice = choice
        self.setChecked(is_chosen)
        self.setAccessibleName(spoken_name(choice))
        self.setAccessibleDescription(say(choice.reason))
        self.setToolTip(wrapped_tooltip(say(choice.reason)) if choice.reason else "")
        self.fill(choice)
        self.updateGeometry()

    def _want(self) -> None:
        if self.choice is not None:
            self.wanted.emit(self.choice.output_type)

    def fill(self, choice: FormatChoice) -> None:
        """Put it into the labels."""
        raise NotImplementedError

    @property
    def dot(self) -> QRect:
        """Where the sign of the choice is painted."""
        return QRect(self.width() - PADDING - DOT, PADDING, DOT, DOT)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        layout = self.layout()
        return layout.minimumSize() if layout else super().minimumSizeHint()

    def hasHeightForWidth(self) -> bool:
        layout = self.layout()
        return layout is not None and layout.hasHeightForWidth()

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.totalHeightForWidth(width) if layout else -1

    def hitButton(self, place: QPoint) -> bool:
        return self.rect().contains(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return takes it too, as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            palette, role = self.window().palette(), QPalette.ColorRole
            painter.setBrush(palette.color(role.Base))
            edge = (role.Highlight, RING) if self.isChecked() else (role.Midlight, 1)
            painter.setPen(QPen(palette.color(edge[0]), edge[1]))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
            if self.hasFocus():  # a second ring, so that it shows on the chosen one
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(palette.color(role.Highlight), 1))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(4.5, 4.5, -4.5, -4.5), RADIUS - 3, RADIUS - 3)
            option = QStyleOptionButton()
            self.initStyleOption(option)
            option.rect = self.dot
            self.style().drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorRadioButton, option, painter, self)


class SignedLine(QWidget):
    """A sign and what it means, which wraps."""

    def __init__(self, is_quiet: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sign, self.label = TonedSign(SIGN), plain()
        if is_quiet:
            quiet(self.label)
        self.label.setWordWrap(True)
        self.label.setMinimumWidth(1)
        self.label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.label, 1)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_line(self, tone: Tone, said: str, *, has_sign: bool = True) -> None:
        """Another one."""
        self.sign.show_tone(tone)
        self.sign.setVisible(has_sign)
        self.label.setText(say(said))


def plain(scale: float = 1.0, is_bold: bool = False) -> QLabel:
    """A label that lets the mouse through, its letters `scale` times as large as usual."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    font = QFont(label.font())
    font.setPointSizeF(font.pointSizeF() * scale)
    font.setBold(is_bold)
    label.setFont(font)
    return label
