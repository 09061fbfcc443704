"""How the output layer differs from the embedding, and for which tokens most."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.text import Text, in_one_line, text
from app.core.tokenizer import Vocabulary
from app.core.tokenizer.token_text import token_text
from app.core.verify.page.parts import Column, Table
from app.core.weights.statistics import HeadDifference
from app.ui.inspector.bars import figure
from app.ui.inspector.fact_rows import figure_rows
from app.ui.inspector.section import Section
from app.ui.inspector.value_charts import ValueCharts
from app.ui.proof.part_table import PartTable
from app.ui.say import say
from app.ui.widgets.card_frame import heading, wrapping
from app.ui.widgets.facts import Facts

NUMBER = "number"
TITLES = (Column(text("Token")), Column(text("Row"), NUMBER), Column(text("Largest difference"), NUMBER))


class HeadInspector(QWidget):
    """Beside the tensor itself, where it is the output layer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._section = Section(text("Output layer minus embedding"))
        self.said, self._figures = wrapping(), Facts()
        self.charts = ValueCharts(text("Histogram of the difference"))
        self.tokens: PartTable | None = None
        self._title = heading(text("Tokens that differ most"))
        self._section.add(self.said, self._figures, self.charts, self._title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._section)

    def show_nothing_yet(self) -> None:
        """Before it is compared."""
        self._show(text("Being compared…"), None, None)

    def show_failure(self, said: Text) -> None:
        """Why there is nothing to show."""
        self._show(said, None, None)

    def show_difference(self, found: HeadDifference, vocabulary: Vocabulary | None) -> None:
        """What was found; without a vocabulary, tokens are their numbers."""
        said = text("Both are the same, value by value.")
        if found.rows:
            figures = found.distribution.figures
            said = text("{share:.2%} of the values differ.", share=1 - figures.zeros / figures.count)
        rows = ((_token(one.row, vocabulary), f"{one.row:,}", figure(one.largest)) for one in found.rows)
        self._show(said, found, Table(TITLES, tuple(rows)) if found.rows else None)

    def _show(self, said: Text, found: HeadDifference | None, tokens: Table | None) -> None:
        self.said.setText(say(said))
        self._figures.show_rows(figure_rows(found.distribution.figures if found else None))
        self.charts.show_distribution(found.distribution if found else None)
        if self.tokens is not None:
            self._section.remove(self.tokens)
        self.tokens = PartTable(tokens, is_narrow=True) if tokens is not None else None
        self._title.setVisible(tokens is not None)
        if self.tokens is not None:
            self._section.add(self.tokens)


def _token(row: int, vocabulary: Vocabulary | None) -> str:
    """Its spaces can be seen."""
    said = f"[{row}]" if vocabulary is None else token_text(vocabulary, row)
    return in_one_line(said.replace(" ", "␣")) or "[]"
