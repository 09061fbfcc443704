"""The page with a model on it: understand on the left, every tensor on the right, convert below."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.core.checkpoint import Checkpoint
from app.core.findings import Finding
from app.core.plan import ConversionPlan
from app.core.plan.head.lm_head_findings import HEAD
from app.core.text import text
from app.ui.cards.adapter_card import AdapterCard
from app.ui.cards.findings_card import FindingsCard
from app.ui.cards.head_card import HeadCard
from app.ui.cards.summary_card import SummaryCard
from app.ui.cards.tokenizer_card import TokenizerCard
from app.ui.output.output_panel import OutputPanel
from app.ui.proof.proof_view import ProofView
from app.ui.say import say
from app.ui.table.tensor_table import TensorTable

MARGIN, GAP = 12, 12
CARDS_WIDTH = 310


class ModelPage(QWidget):
    """Places the cards, the table and the output."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary, self.head, self.findings = SummaryCard(), HeadCard(), FindingsCard()
        self.adapters, self.tokenizer = AdapterCard(), TokenizerCard()
        self.table, self.proof, self.output = TensorTable(), ProofView(), OutputPanel()
        self.right = QStackedWidget()
        self.right.addWidget(self.table)
        self.right.addWidget(self.proof)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._cards())
        splitter.addWidget(self.right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([CARDS_WIDTH, 3 * CARDS_WIDTH])
        splitter.setHandleWidth(GAP)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP)
        layout.addWidget(splitter, 1)
        layout.addWidget(self.output)

    def _cards(self) -> QScrollArea:
        inside = QWidget()
        self._column = layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        for card in (self.summary, self.adapters, self.head, self.findings, self.tokenizer):
            layout.addWidget(card)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(280)
        area.setAccessibleName(say(text("About the model")))
        return area

    def show_plan(self, checkpoint: Checkpoint, plan: ConversionPlan) -> None:
        """Everything that depends on the plan."""
        self.summary.show_model(checkpoint, plan)
        self.head.show_verdict(plan)
        self.head.setVisible(bool(plan.tensors))
        place = 1 if plan.blockers else 3  # what stops the conversion is told before anything else
        if self._column.indexOf(self.findings) != place:
            self._column.insertWidget(place, self.findings)
        self.show_findings(plan)
        self.table.set_plan(plan)

    def set_enabled(self, is_ready: bool) -> None:
        """Whether choices can be made."""
        for part in (self.head, self.findings, self.adapters):
            part.set_enabled(is_ready)
        self.table.types.menuAction().setEnabled(is_ready)

    def show_proof(self, is_shown: bool) -> None:
        """The proof of the finished files in the place of the tensors."""
        self.right.setCurrentWidget(self.proof if is_shown else self.table)

    def show_findings(self, plan: ConversionPlan, further: Iterable[Finding] = ()) -> None:
        """The plan's notes but for those about the head, and what was only found while converting."""
        self.findings.show_findings((*further, *(one for one in plan.findings if one.subject != HEAD)))
