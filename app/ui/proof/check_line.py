"""The line under a finished file: how its check came out in short, Check, and the way to the details."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from app.core.text import in_one_line, text
from app.ui.proof.file_check import FileCheck, in_short
from app.ui.proof.toned import TonedLabel, TonedSign
from app.ui.proof.tones import Tone
from app.ui.say import say
from app.ui.widgets.shown_text import wrapped_tooltip

SIGN = 20


class CheckLine(QWidget):
    """Shows what is longer than the line in a tooltip, and whole in the details. Emits `details_wanted`."""

    details_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign, self.said = TonedSign(SIGN), _Elided()
        self.check = QPushButton(say(text("Check")))
        self.check.setToolTip(say(text("Compare the finished file with the folder, in llama.cpp and mlx-lm")))
        self.details = QPushButton(say(text("Details")))
        self.details.setToolTip(say(text("Show what was checked, and what was found")))
        self.details.clicked.connect(self.details_wanted)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._sign)
        layout.addWidget(self.said, 1)
        layout.addWidget(self.check)
        layout.addWidget(self.details)

    def show_checks(self, checks: Sequence[FileCheck], can_check: bool) -> None:
        """Of all finished files."""
        tone, said = in_short(checks)
        self._sign.show_tone(tone)
        self.said.show_whole(tone, said)
        are_done = all(check.report is not None for check in checks)
        self.check.setText(say(text("Check Again") if are_done else text("Check")))
        self.check.setEnabled(can_check)


class _Elided(TonedLabel):
    """A sentence of which the end may be missing."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        font = self.font()
        font.setBold(False)
        self.setFont(font)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_whole(self, tone: Tone, said: str) -> None:
        self.show_word(tone, said)
        self._whole = in_one_line(say(said))
        self.setToolTip(wrapped_tooltip(self._whole))
        self.setAccessibleName(self._whole)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))
