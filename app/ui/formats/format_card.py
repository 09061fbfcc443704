"""A format as a card, and as a row of a list where there is little room."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.core.describe.format_choice import FormatChoice
from app.core.describe.memory_need import Fit
from app.core.text import text
from app.ui.formats.format_button import DOT, PADDING, FormatButton, SignedLine, plain
from app.ui.formats.format_words import FIT_TONES, TONES, name_of, size_of
from app.ui.say import say
from app.ui.widgets.card_frame import quiet

LARGE = 1.6  # the size, against other text
NARROWEST, WIDEST = 24, 48  # digits that stand beside each other in a card


class FormatCard(FormatButton):
    """Title, size, quality, memory, one below the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.size_label, self.detail = plain(is_bold=True), plain(LARGE), quiet(plain())
        self.quality, self.memory = SignedLine(), SignedLine(is_quiet=True)
        for label in (self.title, self.detail):
            label.setWordWrap(True)
        self.title.setContentsMargins(0, 0, DOT, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(4)
        for widget in (self.title, self.detail, self.size_label):
            layout.addWidget(widget)
        layout.addSpacing(4)
        layout.addWidget(self.quality)
        layout.addWidget(self.memory)
        layout.addStretch(1)
        self.setMinimumWidth(narrowest(self))
        self.setMaximumWidth(narrowest(self) * WIDEST // NARROWEST)

    def fill(self, choice: FormatChoice) -> None:
        self.title.setText(say(choice.title))
        self.detail.setText(say(choice.detail or text("Your choice")))
        self.size_label.setText(say(size_of(choice)))
        self.quality.show_line(TONES[choice.quality], choice.quality_words)
        fit = choice.memory.fit
        self.memory.show_line(FIT_TONES[fit], choice.memory.in_words)


def narrowest(widget: QWidget) -> int:
    """Pixels that a card needs for its texts, with the letters that `widget` has."""
    return widget.fontMetrics().horizontalAdvance("0") * NARROWEST


class FormatRow(FormatButton):
    """The same in two lines: what it is and its size, what it costs and what it needs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.size_label = plain(is_bold=True), plain()
        self.quality, self.memory = SignedLine(), SignedLine(is_quiet=True)
        self.title.setWordWrap(True)
        layout = QGridLayout(self)
        layout.setContentsMargins(PADDING + DOT + 10, 8, PADDING, 8)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(2)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)
        layout.addWidget(self.title, 0, 0)
        layout.addWidget(self.size_label, 0, 1, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.quality, 1, 0)
        layout.addWidget(self.memory, 1, 1)

    @property
    def dot(self) -> QRect:
        return QRect(PADDING, (self.height() - DOT) // 2, DOT, DOT)

    def fill(self, choice: FormatChoice) -> None:
        self.title.setText(say(name_of(choice)))
        self.size_label.setText(say(size_of(choice)))
        self.quality.show_line(TONES[choice.quality], choice.quality_words)
        fit = choice.memory.fit
        self.memory.show_line(FIT_TONES[fit], choice.memory.in_words, has_sign=fit is not Fit.EASY)
