"""What an engine said, with everything from the first difference on marked; as high as its text."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QResizeEvent, QTextCharFormat, QTextCursor, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from app.core.verify.page.page import in_lines
from app.core.verify.page.parts import Side, visible
from app.ui.proof.tones import Tone

MARK = "▸"  # before the first token that differs


class AnswerText(QTextEdit):
    """To be read and copied only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side: Side | None = None
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

    def show_side(self, side: Side) -> None:
        """What both have, what differs first, and what follows it."""
        self._side = side
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
        if self._side is None:
            return
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.insertText(in_lines(self._side.same), QTextCharFormat())
        if self._side.marked:
            cursor.insertText(MARK + in_lines(visible(self._side.marked)), self._marked(QFont.Weight.Bold))
            cursor.insertText(in_lines(self._side.rest), self._marked(QFont.Weight.Normal))
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
