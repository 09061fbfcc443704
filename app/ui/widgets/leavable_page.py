"""A page that a person leaves by Back, its key or Escape."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QToolButton, QWidget

from app.core.text import text
from app.ui.say import say


class LeavablePage(QWidget):
    """Emits `back` when a person wants to leave it; `leave` is to be placed."""

    back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.leave = QToolButton()
        self.leave.setText(say(text("Back")))
        self.leave.setAccessibleName(say(text("Back")))
        self.leave.setArrowType(Qt.ArrowType.LeftArrow)
        self.leave.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.leave.setShortcut(QKeySequence(QKeySequence.StandardKey.Back))
        self.leave.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.leave.clicked.connect(self.back)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves the page, where nothing on it has another use for it."""
        if event.key() == Qt.Key.Key_Escape:
            self.back.emit()
        else:
            super().keyPressEvent(event)
