"""What mlx-lm and llama.cpp answer to the same prompts, beside each other."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.core.text import in_one_line, text
from app.core.verify.report import Answer
from app.core.verify.told import difference_in_words
from app.ui.proof.answer_text import AnswerText
from app.ui.say import say
from app.ui.widgets.card_frame import CardFrame, heading, wrapping


class AnswersCard(CardFrame):
    """A block for each prompt."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(text("Answers"), parent)
        self.blocks: list[QWidget] = []

    def show_answers(self, answers: tuple[Answer, ...]) -> None:
        """Fill in."""
        for block in self.blocks:
            self.body.removeWidget(block)
            block.deleteLater()
        self.blocks = [_block(answer) for answer in answers]
        for block in self.blocks:
            self.body.addWidget(block)


def _block(answer: Answer) -> QWidget:
    block = QWidget()
    grid = QGridLayout(block)
    grid.setContentsMargins(0, 6, 0, 6)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    prompt = heading("")
    prompt.setTextFormat(Qt.TextFormat.PlainText)
    prompt.setWordWrap(True)
    prompt.setText(in_one_line(answer.prompt))
    grid.addWidget(prompt, 0, 0, 1, 2)
    sides = ((text("mlx-lm, the folder"), answer.by_folder), (text("llama.cpp, the file"), answer.by_file))
    for column, (title, tokens) in enumerate(sides):
        grid.setColumnStretch(column, 1)
        said = AnswerText()
        said.setAccessibleName(say(title))
        said.show_tokens(tokens, answer.first_difference)
        grid.addWidget(wrapping(title), 1, column)
        grid.addWidget(said, 2, column, Qt.AlignmentFlag.AlignTop)
    grid.addWidget(wrapping(difference_in_words(answer)), 3, 0, 1, 2)
    return block
