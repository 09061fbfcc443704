"""A line for each step of a verification, and what else is to be said."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.core.text import NOTHING, in_one_line, joined, text
from app.core.verify.report import VerificationReport
from app.core.verify.report_words import steps_in_words
from app.ui.proof.toned import TonedLabel, TonedSign
from app.ui.proof.tones import Tone, of_step
from app.ui.say import say
from app.ui.widgets.card_frame import CardFrame, wrapping

SIGN = 16
RESULTS = {True: text("Passed"), False: text("Failed"), None: NOTHING}


class StepsCard(CardFrame):
    """Step, how it ended in a word, and a sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(text("Steps"), parent)
        self._lines = QGridLayout()
        self._lines.setHorizontalSpacing(10)
        self._lines.setVerticalSpacing(8)
        self._lines.setColumnStretch(3, 1)
        self.body.addLayout(self._lines)

    def show_report(self, report: VerificationReport) -> None:
        """Fill in."""
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for one in steps_in_words(report):
            said = joined(" ", (*one.said, *one.problems, *one.notes))
            self._add(of_step(one.is_good), one.step.title, RESULTS[one.is_good], said)
        for warning in report.warnings:
            self._add(Tone.POOR, text("Warning"), NOTHING, warning)

    def _add(self, tone: Tone, title: str, word: str, said: str) -> None:
        sign, outcome, name, sentence = TonedSign(SIGN), TonedLabel(), wrapping(title), wrapping(said)
        sign.show_tone(tone)
        outcome.show_word(tone, word)
        name.setWordWrap(False)
        sentence.setText(in_one_line(say(said)))
        sentence.setAccessibleName(say(text("{title}: {value}", title=title, value=said)))
        row, top = self._lines.rowCount(), Qt.AlignmentFlag.AlignTop
        for column, widget in enumerate((sign, name, outcome, sentence)):
            self._lines.addWidget(widget, row, column, top)
