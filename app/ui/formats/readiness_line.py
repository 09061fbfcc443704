"""The sentence at the top of the page, buttons that do what it says, and the model in one quiet line."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.core.describe.readiness import Readiness, State
from app.core.remedies import Remedy
from app.ui import desktop
from app.ui.proof.toned import TonedSign
from app.ui.proof.tones import Tone
from app.ui.say import say
from app.ui.widgets.card_frame import quiet, selectable, wrapping
from app.ui.widgets.learn_more import LearnMore
from app.ui.widgets.shown_text import menu_text
from app.ui.widgets.tab_order import tab_after

SIGN, LARGE = 24, 1.35
TONES = {State.LOOKING: Tone.PLAIN, State.READY: Tone.GOOD, State.LOSES: Tone.POOR, State.STOPPED: Tone.BAD}


class ReadinessLine(QWidget):
    """Emits `followed(Remedy)` for a way out of what the sentence tells."""

    followed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sign, self.sentence = TonedSign(SIGN), wrapping()
        font = self.sentence.font()
        font.setPointSizeF(font.pointSizeF() * LARGE)
        font.setBold(True)
        self.sentence.setFont(font)
        self.detail, self.model = wrapping(), quiet(wrapping())
        for label in (self.sentence, self.detail, self.model):
            selectable(label)
        self.remedies: list[QPushButton] = []  # the first of them are shown, as many as there are ways out
        self.learn_more = LearnMore()
        self._ways: tuple[Remedy, ...] = ()
        self._is_enabled = True
        texts = QVBoxLayout()
        texts.setSpacing(4)
        for label in (self.sentence, self.detail, self.model):
            texts.addWidget(label)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(texts, 1)
        self._buttons = QVBoxLayout()
        ways = QVBoxLayout()
        ways.addLayout(self._buttons)
        ways.addWidget(self.learn_more, 0, Qt.AlignmentFlag.AlignRight)
        ways.addStretch(1)
        layout.addLayout(ways)

    def show_readiness(self, found: Readiness, model: str) -> None:
        """The sentence, and `model` in one line. A change is announced to those who do not see it."""
        self.sign.show_tone(TONES[found.state])
        sentence = say(found.sentence)
        if sentence != self.sentence.text() and self.isVisible() and found.state is not State.LOOKING:
            desktop.tell(self, sentence)
        self.sentence.setText(sentence)
        for label, said in ((self.detail, found.detail), (self.model, model)):
            label.setText(say(said))
            label.setVisible(bool(said))
        self._show_ways(found.remedies, sentence)
        self.learn_more.set_about(found.code, found.sentence)

    def set_enabled(self, enabled: bool) -> None:
        """Whether the way out can be taken now."""
        self._is_enabled = enabled
        for button in self.remedies:
            button.setEnabled(enabled)

    def _show_ways(self, ways: tuple[Remedy, ...], sentence: str) -> None:
        self._ways = ways
        while len(self.remedies) < len(ways):
            self._add_button(len(self.remedies))
        for button, way in zip(self.remedies, ways, strict=False):
            button.setText(menu_text(say(way.label)))
            button.setAccessibleDescription(sentence)
        for number, button in enumerate(self.remedies):
            button.setVisible(number < len(ways))

    def _add_button(self, number: int) -> None:
        button = QPushButton()
        button.setEnabled(self._is_enabled)
        button.clicked.connect(lambda: self.followed.emit(self._ways[number]))
        self._buttons.addWidget(button)
        tab_after(self.remedies[-1] if self.remedies else self.model, [button])
        self.remedies.append(button)
