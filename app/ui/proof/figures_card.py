"""The figures of next-token distributions, and those of each passage, as tables that can be copied."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.core.text import text
from app.core.verify.page.parts import Table
from app.ui.proof.part_table import PartTable
from app.ui.widgets.card_frame import CardFrame


class FiguresCard(CardFrame):
    """Names and values, in the units of llama-perplexity."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(text("Figures"), parent)
        self.tables: list[PartTable] = []

    def show_tables(self, tables: Sequence[Table]) -> None:
        """Fill in."""
        for old in self.tables:
            self.body.removeWidget(old)
            old.hide()  # it is deleted when the event loop comes to it
            old.deleteLater()
        self.tables = [PartTable(table) for table in tables]
        for table in self.tables:
            self.body.addWidget(table)
