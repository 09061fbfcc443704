"""What mlx-lm and llama.cpp answer to the same prompts, beside each other."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.core.text import in_one_line
from app.core.verify.page.parts import Pair, Paragraph, Section
from app.ui.proof.answer_text import AnswerText
from app.ui.say import say
from app.ui.widgets.card_frame import CardFrame, heading, wrapping


class AnswersCard(CardFrame):
    """A block for each prompt."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.blocks: list[QWidget] = []

    def show_section(self, section: Section) -> None:
        """Fill in."""
        for block in self.blocks:
            self.body.removeWidget(block)
            block.hide()  # it is deleted when the event loop comes to it
            block.deleteLater()
        self.blocks = [
            heading(section.title),
            *(wrapping(part.said) for part in section.parts if isinstance(part, Paragraph)),
            *(_block(part) for part in section.parts if isinstance(part, Pair)),
        ]
        for block in self.blocks:
            self.body.addWidget(block)


def _block(pair: Pair) -> QWidget:
    block = QWidget()
    grid = QGridLayout(block)
    grid.setContentsMargins(0, 6, 0, 6)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    prompt = heading("")
    prompt.setTextFormat(Qt.TextFormat.PlainText)
    prompt.setWordWrap(True)
    prompt.setText(in_one_line(pair.asked))
    grid.addWidget(prompt, 0, 0, 1, 2)
    for column, side in enumerate((pair.left, pair.right)):
        grid.setColumnStretch(column, 1)
        said = AnswerText()
        said.setAccessibleName(say(side.title))
        said.setAccessibleDescription(in_one_line(say(pair.said)))
        said.show_side(side)
        grid.addWidget(wrapping(side.title), 1, column)
        grid.addWidget(said, 2, column, Qt.AlignmentFlag.AlignTop)
    grid.addWidget(wrapping(pair.said), 3, 0, 1, 2)
    return block
