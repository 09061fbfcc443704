"""The first page of a model: whether it is ready, the formats worth taking, and what else there is to read."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.checkpoint import Checkpoint
from app.core.describe.formats import format_choices
from app.core.describe.model_line import model_line
from app.core.describe.readiness import Readiness, outcome, readiness
from app.core.findings import Finding
from app.core.ggml_types import OutputType
from app.core.plan import ConversionPlan
from app.core.text import text
from app.core.verify.inference.machine_memory import machine_bytes
from app.ui.cards.adapter_card import AdapterCard
from app.ui.cards.findings_card import FindingsCard
from app.ui.formats.formats import Formats
from app.ui.formats.readiness_line import ReadinessLine
from app.ui.output.output_panel import OutputPanel
from app.ui.page.detail_page import MARGIN, scrolled
from app.ui.page.links import Links

GAP = 18
WIDEST = 1080


class Overview(QWidget):
    """Emits `followed(Remedy)`; the other wishes are signals of its parts."""

    followed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.readiness, self.stops, self.formats = ReadinessLine(), FindingsCard(), Formats()
        self.adapters, self.output, self.links = AdapterCard(), OutputPanel(), Links()
        self._machine = machine_bytes()
        self._found: Readiness | None = None
        self._model = ""
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        for part in (self.readiness, self.stops, self.formats, self.adapters, self.links, self.output):
            column.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.addWidget(scrolled(inside, text("Overview"), WIDEST))
        for part in (self.readiness, self.stops):
            part.followed.connect(self.followed)
        self.output.again_wanted.connect(self.formats.focus_chosen)

    def show_plan(
        self,
        checkpoint: Checkpoint,
        plan: ConversionPlan,
        plans: Mapping[OutputType, ConversionPlan],
        also: Sequence[OutputType],
        lost: Sequence[Finding] | None = None,
    ) -> None:
        """The chosen plan, and those of the other formats as far as they are there; `lost` as for `show_outcome`."""
        self._found, self._model = readiness(plan, plans), model_line(checkpoint, plan)
        self.show_outcome(lost)
        self.stops.show_findings(plan.blockers[1:])  # the sentence above tells the first
        chosen, can_any = plan.options.output_type, any(not one.blockers for one in plans.values())
        choices = format_choices(plans, self._machine, chosen) if can_any else ()  # another format is a way out too
        self.formats.setVisible(bool(choices))
        self.formats.show_formats(choices, chosen, also)

    def show_outcome(self, lost: Sequence[Finding] | None) -> None:
        """What the finished file turned out to lack; None while there is none: then it is told what will be."""
        if self._found is not None:
            found = self._found if lost is None else outcome(self._found, lost)
            self.readiness.show_readiness(found, self._model)

    def set_enabled(self, is_ready: bool) -> None:
        """Whether choices can be made."""
        for part in (self.readiness, self.stops, self.formats, self.adapters):
            part.set_enabled(is_ready)
