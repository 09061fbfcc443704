"""What goes on with a file, or what came of it: a sign, a sentence, what can be done next."""

from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.core.text import in_one_line, text
from app.ui.proof.toned import TonedSign
from app.ui.proof.tones import Tone
from app.ui.say import say
from app.ui.widgets.card_frame import quiet, wrapping

SIGN, STEPS = 18, 1000


class Step(Enum):
    """What can be done next."""

    STOP = text("Stop")
    REPLACE = text("Replace")
    ASK = text("Ask Again")


class StatusLine(QWidget):
    """Hidden until there is something to say."""

    step_wanted = Signal(object)  # Step

    def __init__(self) -> None:
        super().__init__()
        self.sign, self.said, self.detail = TonedSign(SIGN), wrapping(), quiet(wrapping())
        self.bar, self.next = QProgressBar(), QPushButton()
        self._step: Step | None = None
        self.next.setAutoDefault(False)
        self.next.clicked.connect(lambda: self.step_wanted.emit(self._step))
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(say(text("Progress")))
        row, column = QHBoxLayout(self), QVBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        column.setSpacing(4)
        for widget in (self.said, self.bar, self.detail):
            column.addWidget(widget)
        row.addWidget(self.sign)
        row.addLayout(column, 1)
        row.addWidget(self.next)
        row.setAlignment(self.sign, Qt.AlignmentFlag.AlignTop)
        row.setAlignment(self.next, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_going_on(self, said: str) -> None:
        """How long it takes is not known yet; it can be stopped."""
        self._show(Tone.PLAIN, said, "", Step.STOP)
        self.bar.setRange(0, 0)
        self.bar.show()

    def show_share(self, share: float, detail: str) -> None:
        """How far it is."""
        self.bar.setRange(0, STEPS)
        self.bar.setValue(round(share * STEPS))
        self._show_detail(detail)

    def show_end(self, tone: Tone, said: str, detail: str = "", step: Step | None = None) -> None:
        """What came of it, and what its button does."""
        self._show(tone, said, detail, step)
        self.bar.hide()

    def _show(self, tone: Tone, said: str, detail: str, step: Step | None) -> None:
        self._step = step
        self.sign.show_tone(tone)
        self.said.setText(in_one_line(say(said)))
        self._show_detail(detail)
        self.next.setText(say(step.value) if step else "")
        self.next.setVisible(step is not None)
        self.show()

    def _show_detail(self, detail: str) -> None:
        self.detail.setText(say(detail))
        self.detail.setVisible(bool(detail))
