"""A name of any length, whole: it wraps where it must, and can be selected and copied."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.text import NOTHING, Text, in_one_line
from app.core.verify.page.parts import Side
from app.ui.proof.answer_text import AnswerText
from app.ui.say import say
from app.ui.widgets.card_frame import quiet, wrapping


class NameText(QWidget):
    """Below what it is the name of; not there without a name."""

    def __init__(self, title: Text, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = AnswerText()
        self.name.viewport().setAutoFillBackground(False)
        self.name.setAccessibleName(say(title))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(quiet(wrapping(title)))
        layout.addWidget(self.name)

    def show_name(self, name: str) -> None:
        """Another one."""
        self.name.show_side(Side(NOTHING, in_one_line(name)))
        self.setVisible(bool(name))
