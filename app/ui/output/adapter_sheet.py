"""An adapter as a GGUF file of its own: of which type, where it goes, what is in it, and what stops it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from gguf import GGMLQuantizationType
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.core.checkpoint import Checkpoint
from app.core.convert.target import adapter_file_name
from app.core.describe.adapter_file_words import adapter_file_rows, adapters_in_words
from app.core.display_name import display_name
from app.core.ggml_types import FLOAT_TYPES, OUTPUTS, OutputType
from app.core.human_text import bytes_in_words
from app.core.model.adapted import Applied
from app.core.plan.adapter import AdapterPlan
from app.core.text import text
from app.ui.output.destination import Destination, from_home
from app.ui.say import say
from app.ui.widgets.card_frame import heading, quiet, wrapping
from app.ui.widgets.elided_label import ElidedLabel
from app.ui.widgets.facts import Facts
from app.ui.widgets.finding_list import FindingList

WIDTH, MARGIN = 540, 16
FOUND = text("Changes"), text("Contents")  # titles of adapter_file_rows
NEVER_BOTH = text(
    "llama.cpp adds this file to the base model's own GGUF file (--lora). Convert the base model without the adapter."
)


class AdapterSheet(QDialog):
    """Opens at once and is filled when the plans are there; does not block. Wishes go up as signals."""

    destination_wanted = Signal()
    export_wanted = Signal()

    def __init__(self, parent: QWidget, adapters: Sequence[Applied], base: Checkpoint, folder: Path) -> None:
        """`folder`: where the file goes unless another place is chosen."""
        super().__init__(parent)
        self.setWindowTitle(say(text("Export Adapter")))
        self._plans: Mapping[GGMLQuantizationType, AdapterPlan] = {}
        self._folder, self._destination = folder, Destination()
        self._known = [(text("Adapter"), adapters_in_words(adapters)), (text("Base model"), display_name(base.folder))]
        self.facts, self.findings, self.types, self.target = Facts(), FindingList(), _type_choice(), ElidedLabel()
        self.facts.show_rows([*self._known, *((title, text("Checking…")) for title in FOUND)])
        self.types.activated.connect(self._show_target)
        self.target.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.change = QPushButton(say(text("Change…")))
        self.change.setAccessibleName(say(text("Change the destination")))
        self.change.setAutoDefault(False)
        self.change.clicked.connect(self.destination_wanted)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        self.export = buttons.addButton(say(text("Export")), QDialogButtonBox.ButtonRole.AcceptRole)
        self.export.setEnabled(False)
        buttons.accepted.connect(self.export_wanted)
        buttons.rejected.connect(self.reject)
        self._place(buttons)
        self._fit()
        self.finished.connect(self.deleteLater)
        self.open()

    @property
    def plan(self) -> AdapterPlan | None:
        """For the chosen type; None until it is there."""
        return self._plans.get(self.types.currentData())

    @property
    def chosen_target(self) -> Path:
        """The file; to be asked for when there is a plan."""
        assert self.plan is not None
        return self._destination.of(self._folder / adapter_file_name(self.plan))

    def show_plans(self, plans: Sequence[AdapterPlan]) -> None:
        """What can be written, one plan for each type."""
        self._plans = {plan.type: plan for plan in plans}
        plan, *_ = plans
        can_export = not plan.blockers
        for number in range(self.types.count()):
            kind = GGMLQuantizationType(self.types.itemData(number))
            size = bytes_in_words(self._plans[kind].byte_count)
            self.types.setItemText(number, say(text("{type} – {size}", type=kind.name, size=size)))
        self.facts.show_rows([*self._known, *adapter_file_rows(plan)])
        self.findings.show_findings(plan.findings, self.contentsRect().width() - 2 * MARGIN)
        for widget in (self.types, self.change, self.export):
            widget.setEnabled(can_export)
        (self.export if can_export else self.cancel).setFocus()
        self._show_target()
        self._fit()

    def set_destination(self, path: Path) -> None:
        """Another file; a name that is the usual one goes on following the type."""
        self._destination.choose(path, self.chosen_target)
        self._show_target()

    def _show_target(self) -> None:
        path = self.chosen_target
        self.target.show_line(from_home(path), str(path))
        kind = OutputType[GGMLQuantizationType(self.types.currentData()).name]
        self.types.setToolTip(say(OUTPUTS[kind].hint))

    def _place(self, buttons: QDialogButtonBox) -> None:
        self._column, fields = QVBoxLayout(self), QGridLayout()
        layout = self._column
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(12)
        layout.addWidget(heading(text("Export Adapter as GGUF")))
        layout.addWidget(quiet(wrapping(NEVER_BOTH)))
        layout.addLayout(self.facts)
        layout.addWidget(self.findings)
        fields.setHorizontalSpacing(12)
        fields.setColumnStretch(1, 1)
        titles = [title for title, _ in self.facts.rows]
        for row, (said, widget) in enumerate(((text("Format"), self.types), (text("Save as"), self.target))):
            title = quiet(QLabel(say(said)))
            title.setBuddy(widget)
            fields.addWidget(title, row, 0)
            titles.append(title)
        for grid in (self.facts, fields):  # one column of titles
            grid.setColumnMinimumWidth(0, max(title.sizeHint().width() for title in titles))
        fields.addWidget(self.types, 0, 1, Qt.AlignmentFlag.AlignLeft)
        fields.addWidget(self.target, 1, 1)
        fields.addWidget(self.change, 1, 2)
        layout.addLayout(fields)
        layout.addWidget(buttons)
        self.export.setDefault(True)  # a dialog learns of it only when the button is in it

    def _fit(self) -> None:
        """As high as its texts, which wrap: Qt does not work that out for a window."""
        self.facts.invalidate()  # it remembers how high other texts were
        self._column.invalidate()
        self.setFixedSize(WIDTH, self._column.totalHeightForWidth(WIDTH))


def _type_choice() -> QComboBox:
    choice = QComboBox()
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    choice.setAccessibleName(say(text("Format of the matrices in the file")))
    for kind in FLOAT_TYPES.values():
        choice.addItem(kind.name, kind)
    return choice
