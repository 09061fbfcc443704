"""The model in a few lines."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.core.checkpoint import Checkpoint
from app.core.describe.summary import summary
from app.core.plan import ConversionPlan
from app.core.text import in_one_line
from app.ui.widgets.card_frame import CardFrame, selectable
from app.ui.widgets.facts import Facts
from app.ui.widgets.shown_text import plain_tooltip


class SummaryCard(CardFrame):
    """Name, model, weights, tokenizer, template."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._name = QLabel()
        self._name.setWordWrap(True)
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        selectable(self._name)
        font = self._name.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        font.setBold(True)
        self._name.setFont(font)
        self._facts = Facts()
        self.body.addWidget(self._name)
        self.body.addLayout(self._facts)

    def show_model(self, checkpoint: Checkpoint, plan: ConversionPlan) -> None:
        """Fill in."""
        self._name.setText(in_one_line(checkpoint.name))
        self._name.setToolTip(plain_tooltip(str(checkpoint.folder)))
        self._facts.show_rows(summary(checkpoint, plan))
