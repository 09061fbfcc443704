"""The line under a finished file: how its check came out in short, Check, and whether the details are shown."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from app.core.text import in_one_line, text
from app.ui.proof.file_check import FileCheck, in_short
from app.ui.proof.toned import TonedLabel, TonedSign
from app.ui.proof.tones import Tone
from app.ui.say import say
from app.ui.widgets.shown_text import wrapped_tooltip

SIGN = 20


class CheckLine(QWidget):
    """Shows what is longer than the line in a tooltip, and whole in the details. Emits `details_toggled(shown)`."""

    details_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign, self.said = TonedSign(SIGN), _Elided()
        self._are_shown = True
        self.check = QPushButton(say(text("Check")))
        self.check.setToolTip(say(text("Compare the finished file with the folder, in llama.cpp and mlx-lm")))
        self.details = QToolButton()
        self.details.setToolTip(say(text("Show what was checked in place of the tensors, or the tensors again")))
        self.details.clicked.connect(lambda: self.show_details(not self._are_shown))
        self.show_details(False)
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

    def show_details(self, are_shown: bool) -> None:
        """Whether they are in sight; the button names what else there is."""
        if are_shown is self._are_shown:
            return
        self._are_shown = are_shown
        names = [say(text("Details")), say(text("Tensors"))]
        self.details.setText(names[are_shown])
        margin = self.details.sizeHint().width() - self.fontMetrics().horizontalAdvance(names[are_shown])
        self.details.setMinimumWidth(margin + max(map(self.fontMetrics().horizontalAdvance, names)))
        self.details_toggled.emit(are_shown)


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
