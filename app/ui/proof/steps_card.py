"""A line for each step of a verification, and what else is to be said."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.core.text import in_one_line, joined, text
from app.core.verify.page.parts import Notes, Section, Table
from app.ui.proof.toned import TonedLabel, TonedSign
from app.ui.proof.tones import OF_PART, Tone
from app.ui.say import say
from app.ui.widgets.card_frame import CardFrame, wrapping

SIGN = 16


class StepsCard(CardFrame):
    """Step, how it ended in a word, and a sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(text("Steps"), parent)
        self._lines = QGridLayout()
        self._lines.setHorizontalSpacing(10)
        self._lines.setVerticalSpacing(8)
        self._lines.setColumnStretch(3, 1)
        self.body.addLayout(self._lines)

    def show_section(self, section: Section) -> None:
        """Fill in: rows of a step, its result, and what was found; then the notes."""
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()  # it is deleted when the event loop comes to it
                widget.deleteLater()
        for part in section.parts:
            if isinstance(part, Table):
                for (title, result, said), tone in zip(part.rows, part.tones, strict=True):
                    self._add(OF_PART[tone], title, result, said)
            elif isinstance(part, Notes):
                for note in part.notes:
                    self._add(OF_PART[note.tone], "", note.mark, joined(" ", note.sentences))

    def _add(self, tone: Tone, title: str, word: str, said: str) -> None:
        sign, outcome, name, sentence = TonedSign(SIGN), TonedLabel(), wrapping(title), wrapping()
        sign.show_tone(tone)
        outcome.show_word(tone, word)
        name.setWordWrap(False)
        sentence.setText(in_one_line(say(said)))
        sentence.setAccessibleName(say(text("{title}: {value}", title=title or word, value=said)))
        row, top = self._lines.rowCount(), Qt.AlignmentFlag.AlignTop
        for column, widget in enumerate((sign, name, outcome, sentence)):
            self._lines.addWidget(widget, row, column, top)
