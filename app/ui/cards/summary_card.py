"""The model in a few lines."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.core.checkpoint import Checkpoint
from app.core.describe.summary import summary
from app.core.plan import ConversionPlan
from app.core.text import in_one_line
from app.ui.widgets.card_frame import CardFrame, quiet, wrapping
from app.ui.widgets.shown_text import plain_tooltip


class SummaryCard(CardFrame):
    """Name, model, weights, tokenizer, template."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._name = QLabel()
        self._name.setWordWrap(True)
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        font = self._name.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        font.setBold(True)
        self._name.setFont(font)
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(12)
        self._rows.setVerticalSpacing(6)
        self._rows.setColumnStretch(1, 1)
        self.body.addWidget(self._name)
        self.body.addLayout(self._rows)
        self._texts: list[QLabel] = []

    def show_model(self, checkpoint: Checkpoint, plan: ConversionPlan) -> None:
        """Fill in; rows keep their places."""
        self._name.setText(in_one_line(checkpoint.name))
        self._name.setToolTip(plain_tooltip(str(checkpoint.folder)))
        rows = summary(checkpoint, plan)
        while len(self._texts) < len(rows):
            self._add_row()
        for row, (title, text) in enumerate(rows):
            text = in_one_line(text)
            item = self._rows.itemAtPosition(row, 0)
            label = item.widget() if item is not None else None
            if isinstance(label, QLabel):
                label.setText(self.tr(title))
            self._texts[row].setText(text)
            self._texts[row].setAccessibleName(f"{self.tr(title)}: {text}")

    def _add_row(self) -> None:
        text, row = wrapping(), len(self._texts)
        top = Qt.AlignmentFlag.AlignTop
        self._rows.addWidget(quiet(QLabel()), row, 0, top)
        self._rows.addWidget(text, row, 1, top)
        self._texts.append(text)
