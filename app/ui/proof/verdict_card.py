"""The verdict with its reason; or that there is none yet, and why."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.core.text import Text, in_one_line, text
from app.core.verify.results.report import VerificationReport
from app.ui.desktop import tell
from app.ui.proof.toned import TonedLabel, TonedSign
from app.ui.proof.tones import OF_VERDICT, Tone
from app.ui.say import say
from app.ui.widgets.card_frame import CardFrame, quiet, wrapping

SIGN = 28


class VerdictCard(CardFrame):
    """Emits `check_wanted` and `save_wanted`."""

    check_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._sign, self.word, self.reason, self.saved = TonedSign(SIGN), TonedLabel(), wrapping(), quiet(wrapping())
        font = self.word.font()
        font.setPointSizeF(font.pointSizeF() * 1.3)
        self.word.setFont(font)
        self.check = QPushButton(say(text("Check Now")))
        self.save = QPushButton(say(text("Save Report…")))
        self.check.clicked.connect(self.check_wanted)
        self.save.clicked.connect(self.save_wanted)
        row, words = QHBoxLayout(), QVBoxLayout()
        row.setSpacing(12)
        words.setSpacing(4)
        words.addWidget(self.word)
        words.addWidget(self.reason)
        words.addWidget(self.saved)
        row.addWidget(self._sign)
        row.addLayout(words, 1)
        row.addWidget(self.save)
        row.addWidget(self.check)
        self.body.addLayout(row)

    def show_report(self, report: VerificationReport) -> None:
        """What was found."""
        self._show(OF_VERDICT[report.verdict], report.verdict.title, report.reason)
        self._show_buttons(again=True, has_report=True)

    def show_failure(self, reason: str) -> None:
        """The check did not come to an end."""
        self._show(Tone.POOR, text("Not checked"), reason)
        self._show_buttons(again=True, has_report=False)

    def show_unchecked(self, is_running: bool) -> None:
        """There is nothing to say yet."""
        if is_running:
            self._show(Tone.PLAIN, text("Being checked…"), text("llama.cpp reads the file, mlx-lm the folder."))
        else:
            said = text(
                "A check compares the finished file with the MLX folder: every weight, the vocabulary, "
                "next-token probabilities and answers, computed by llama.cpp and mlx-lm. "
                "It takes seconds for a tiny model, minutes for a large one."
            )
            self._show(Tone.PLAIN, text("Not checked yet"), said)
        self._show_buttons(again=False, has_report=False)

    def show_saved(self, path: Path) -> None:
        """That the report was written."""
        self.saved.setText(say(text("The report is {file}.", file=path.name)))
        self.saved.show()
        tell(self, self.saved.text())

    def set_enabled(self, can_check: bool) -> None:
        """Whether a check can begin now."""
        self.check.setEnabled(can_check)

    def _show(self, tone: Tone, word: Text, reason: str) -> None:
        self._sign.show_tone(tone)
        self.word.show_word(tone, word)
        self.reason.setText(in_one_line(say(reason)))
        self.saved.hide()
        self.setAccessibleName(say(text("{title}: {value}", title=word, value=reason)))

    def _show_buttons(self, again: bool, has_report: bool) -> None:
        self.check.setText(say(text("Check Again") if again else text("Check Now")))
        self.save.setVisible(has_report)
