"""The page with a model on it: the overview, and the pages that open from it."""

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.core.checkpoint import Checkpoint
from app.core.convert import WrittenFile
from app.core.findings import Finding
from app.core.ggml_types import OutputType
from app.core.model.identify import Model
from app.core.plan import ConversionPlan
from app.core.plan.head.lm_head_findings import HEAD
from app.core.text import text
from app.core.tokenizer import Vocabulary
from app.ui.cards.findings_card import FindingsCard
from app.ui.cards.head_card import HeadCard
from app.ui.cards.summary_card import SummaryCard
from app.ui.cards.tokenizer_card import TokenizerCard
from app.ui.page.detail import Detail
from app.ui.page.detail_page import DetailPage
from app.ui.page.overview import Overview
from app.ui.proof.proof_view import ProofView
from app.ui.table.tensor_table import TensorTable
from app.ui.tensors_page import TensorsPage
from app.ui.widgets.leavable_page import LeavablePage


class ModelPage(QWidget):
    """Places what shows a model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.overview, self.tensors = Overview(), TensorsPage()
        self.head, self.findings, self.tokenizer = HeadCard(), FindingsCard(), TokenizerCard()
        self.summary, self.proof = SummaryCard(), ProofView()
        self.adapters, self.output = self.overview.adapters, self.overview.output
        self._details: dict[Detail, LeavablePage] = {
            Detail.NOTES: DetailPage(text("Notes"), self.findings),
            Detail.HEAD: DetailPage(text("Output layer (lm_head)"), self.head),
            Detail.TOKENIZER: DetailPage(text("Tokenizer and chat template"), self.tokenizer),
            Detail.MODEL: DetailPage(text("About the model"), self.summary),
            Detail.PROOF: DetailPage(text("Check"), self.proof, fills=True),
            Detail.TENSORS: self.tensors,
        }
        self.pages = QStackedWidget()
        self.pages.addWidget(self.overview)
        for page in self._details.values():
            self.pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pages)
        self._connect()

    def _connect(self) -> None:
        self.overview.links.wanted.connect(self.show_detail)
        for page in self._details.values():
            page.back.connect(self.show_overview)

    @property
    def table(self) -> TensorTable:
        """With the tensors of the plan."""
        return self.tensors.table

    @property
    def detail(self) -> Detail | None:
        """What is in sight; None on the overview."""
        current = self.pages.currentWidget()
        return next((detail for detail, page in self._details.items() if page is current), None)

    def show_overview(self) -> None:
        """Back to the first page."""
        left = self.detail
        self.pages.setCurrentWidget(self.overview)
        if left is Detail.PROOF:
            self.output.focus_details()
        elif left is not None:
            self.overview.links.buttons[left].setFocus()

    def show_detail(self, detail: Detail) -> None:
        """A page that opens from it."""
        self.pages.setCurrentWidget(self._details[detail])
        page = self._details[detail]
        if isinstance(page, DetailPage):
            page.leave.setFocus()
        else:
            self.table.view.setFocus()

    def set_model(self, model: Model | None) -> None:
        """Another folder, or the same one with other adapters: the overview is shown."""
        self.tensors.set_model(model)
        self.output.begin()
        self.pages.setCurrentWidget(self.overview)

    def show_plan(
        self,
        checkpoint: Checkpoint,
        plan: ConversionPlan,
        plans: Mapping[OutputType, ConversionPlan],
        also: Sequence[OutputType],
        lost: Sequence[Finding] | None = None,
    ) -> None:
        """Everything that depends on the plan; `lost` is what its finished file lacks, None while there is none."""
        self.overview.show_plan(checkpoint, plan, plans, also, lost)
        self.summary.show_model(checkpoint, plan)
        self.head.show_verdict(plan)
        self.show_findings(plan)
        self.tensors.set_plan(plan)

    def show_vocabulary(self, vocabulary: Vocabulary | None) -> None:
        """By which texts are cut up."""
        self.tokenizer.show_vocabulary(vocabulary)
        self.tensors.set_vocabulary(vocabulary)
        self.overview.links.show_tokenizer(vocabulary is not None and bool(vocabulary.tokens))

    def show_file(self, plan: ConversionPlan, written: WrittenFile) -> None:
        """The tensors of a finished file, with what was measured while it was written."""
        self.tensors.set_plan(plan, written.errors, written.kept)
        self.tensors.set_finished(plan, written.path)

    def set_enabled(self, is_ready: bool) -> None:
        """Whether choices can be made."""
        for part in (self.head, self.findings, self.overview, self.tensors):
            part.set_enabled(is_ready)

    def show_proof(self, is_shown: bool) -> None:
        """The proof of the finished files, or the overview again."""
        if is_shown:
            self.show_detail(Detail.PROOF)
        elif self.detail is Detail.PROOF:
            self.pages.setCurrentWidget(self.overview)

    def show_findings(self, plan: ConversionPlan, further: Iterable[Finding] = ()) -> None:
        """The plan's notes but for those about the head, and what was only found while converting."""
        notes = (*further, *(one for one in plan.findings if one.subject != HEAD))
        self.findings.show_findings(notes)
        self.overview.links.show_plan(plan, notes)
        if not notes and not plan.is_provisional and self.detail is Detail.NOTES:  # the last one was followed
            self.pages.setCurrentWidget(self.overview)
            self.overview.readiness.sentence.setFocus()
