"""The sentence at the top of the page, the button that does what it says, and the model in one quiet line."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.core.describe.readiness import Readiness, State
from app.core.remedies import Remedy
from app.core.text import NOTHING
from app.ui import desktop
from app.ui.proof.toned import TonedSign
from app.ui.proof.tones import Tone
from app.ui.say import say
from app.ui.widgets.card_frame import quiet, selectable, wrapping
from app.ui.widgets.learn_more import LearnMore
from app.ui.widgets.shown_text import menu_text

SIGN, LARGE = 24, 1.35
TONES = {State.LOOKING: Tone.PLAIN, State.READY: Tone.GOOD, State.LOSES: Tone.POOR, State.STOPPED: Tone.BAD}


class ReadinessLine(QWidget):
    """Emits `followed(Remedy)` for the way out that the sentence names."""

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
        self.remedy = QPushButton()
        self.remedy.hide()
        self.learn_more = LearnMore()
        self.remedy.clicked.connect(self._follow)
        self._remedy: Remedy | None = None
        texts = QVBoxLayout()
        texts.setSpacing(4)
        for label in (self.sentence, self.detail, self.model):
            texts.addWidget(label)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(texts, 1)
        ways = QVBoxLayout()
        ways.addWidget(self.remedy)
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
        self._remedy = found.remedy
        self.remedy.setVisible(found.remedy is not None)
        self.remedy.setText(menu_text(say(found.remedy.label)) if found.remedy else say(NOTHING))
        self.remedy.setAccessibleDescription(sentence)
        self.learn_more.set_about(found.code, found.sentence)

    def set_enabled(self, enabled: bool) -> None:
        """Whether the way out can be taken now."""
        self.remedy.setEnabled(enabled)

    def _follow(self) -> None:
        if self._remedy is not None:
            self.followed.emit(self._remedy)
