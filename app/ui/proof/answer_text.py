"""What an engine said, with everything from the first difference on marked; as high as its text."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QResizeEvent, QTextCharFormat, QTextCursor, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from app.core.text import printable
from app.core.verify.report import Token
from app.ui.proof.tones import Tone

MARK = "▸"  # before the first token that differs


class AnswerText(QTextEdit):
    """To be read and copied only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens: Sequence[Token] = ()
        self._difference: int | None = None
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def show_tokens(self, tokens: Sequence[Token], difference: int | None) -> None:
        """`difference`: the number of the first token that the other side does not have there."""
        self._tokens, self._difference = tokens, difference
        self._write()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._write()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page scrolls, this does not

    def sizeHint(self) -> QSize:
        return QSize(200, self.minimumHeight())

    def _write(self) -> None:
        cut = len(self._tokens) if self._difference is None else self._difference
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.insertText(_text_of(self._tokens[:cut]), QTextCharFormat())
        if self._difference is not None:
            cursor.insertText(MARK + _text_of(self._tokens[cut : cut + 1]), self._marked(QFont.Weight.Bold))
            cursor.insertText(_text_of(self._tokens[cut + 1 :]), self._marked(QFont.Weight.Normal))
        self._fit()

    def _marked(self, weight: QFont.Weight) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setFontUnderline(True)
        form.setFontWeight(weight)
        form.setForeground(Tone.POOR.colour(self.palette()))
        return form

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        self.setFixedHeight(int(self.document().size().height()) + 2)


def _text_of(tokens: Sequence[Token]) -> str:
    return printable("".join(token.piece for token in tokens))
