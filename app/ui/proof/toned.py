"""A sign and a word in the colour of a tone, drawn in the palette's scheme of the moment."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.ui.proof.tones import Tone
from app.ui.say import say
from app.ui.widgets.tinted import paint_tinted


class TonedSign(QWidget):
    """A picture of a fixed size."""

    def __init__(self, size: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tone = Tone.PLAIN
        self.setFixedSize(size, size)

    def show_tone(self, tone: Tone) -> None:
        """Another sign."""
        self.tone = tone
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:
        with QPainter(self) as painter:
            paint_tinted(painter, self.rect(), self.tone.sign, self.tone.colour(self.palette()))


class TonedLabel(QLabel):
    """A word, bold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tone = Tone.PLAIN
        self.setTextFormat(Qt.TextFormat.PlainText)
        font = self.font()
        font.setBold(True)
        self.setFont(font)

    def show_word(self, tone: Tone, said: str) -> None:
        """Another word."""
        self.tone = tone
        self.setText(say(said))
        self._colour()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:  # also after our own, when there is nothing left to change
            self._colour()

    def _colour(self) -> None:
        palette = QPalette()  # only this role; the others go on coming from the window
        palette.setColor(QPalette.ColorRole.WindowText, self.tone.colour(QApplication.palette()))
        self.setPalette(palette)
