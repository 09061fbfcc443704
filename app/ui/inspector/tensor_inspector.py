"""Everything that is known of one tensor, and what its values are."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.describe.tensor_places import Place
from app.core.encode.kept import Kept
from app.core.plan import DroppedTensor, PlannedTensor
from app.core.text import Text, text
from app.core.verify.page.parts import Column, Table
from app.core.verify.weights.tensor_change import TensorChange
from app.core.weights.figures import Distribution
from app.ui.inspector.bars import figure
from app.ui.inspector.fact_rows import change_rows, figure_rows, tensor_rows
from app.ui.inspector.name_text import NameText
from app.ui.inspector.section import Section
from app.ui.inspector.value_charts import ValueCharts
from app.ui.proof.part_table import PartTable
from app.ui.say import say
from app.ui.widgets.card_frame import heading, wrapping
from app.ui.widgets.facts import Facts

READING, UNREADABLE = text("The values are being read…"), text("These values cannot be read.")
NUMBER = "number"
TITLES = (
    Column(text("Row"), NUMBER),
    Column(text("Column"), NUMBER),
    Column(text("Before"), NUMBER),
    Column(text("After"), NUMBER),
)


class TensorInspector(QWidget):
    """Facts at once, values as soon as they are read, the change where a file is finished."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self._facts = heading(""), Facts()
        self.source, self.name = NameText(text("Name in the folder")), NameText(text("Name in the file"))
        self.values, self.change = Section(text("Values")), Section(text("Change in the file"))
        self._figures, self._changes = Facts(), Facts()
        self.charts = ValueCharts(text("Histogram of the values"))
        self.changes = ValueCharts(text("Histogram of the change"))
        self.state = wrapping()
        self.worst: PartTable | None = None
        self.values.add(self.state, self._figures, self.charts)
        self.change.add(self._changes, self.changes)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        layout.addWidget(self.title)
        layout.addWidget(self.source)
        layout.addWidget(self.name)
        layout.addLayout(self._facts)
        layout.addWidget(self.values)
        layout.addWidget(self.change)
        self.change.hide()

    def show_tensor(
        self, tensor: PlannedTensor | DroppedTensor, place: Place, error: float | None, kept: Kept | None
    ) -> None:
        """Another tensor, or the same one in another plan."""
        layer = text("Layer {layer}, {part}", layer=place.layer, part=place.part)
        self.title.setText(say(place.part if place.layer is None else layer))
        self.source.show_name(tensor.source.name)
        self.name.show_name(tensor.name if isinstance(tensor, PlannedTensor) else "")
        self._facts.show_rows(tensor_rows(tensor, error, kept))

    def show_nothing_yet(self, can_be_read: bool) -> None:
        """Before values are there, or where there will be none."""
        self.state.setText(say(READING if can_be_read else UNREADABLE))
        self._figures.show_rows(figure_rows(None))
        self.charts.show_distribution(None)
        self.charts.setVisible(can_be_read)
        self.change.hide()

    def show_progress(self, share: float) -> None:
        """Between 0 and 1."""
        self.state.setText(say(text("The values are being read: {share:.0%}", share=share)))

    def show_statistics(self, found: Distribution) -> None:
        """What was read."""
        self.state.setText(say(text("As MLX computes with them")))
        self._figures.show_rows(figure_rows(found.figures))
        self.charts.show_distribution(found)

    def show_failure(self, said: Text) -> None:
        """Why there is nothing to show."""
        self.state.setText(say(said))

    def show_change(self, found: TensorChange) -> None:
        """What the finished file made of it."""
        self._changes.show_rows(change_rows(found))
        self.changes.show_distribution(found.distribution)
        self.changes.setVisible(bool(found.worst))
        if self.worst is not None:
            self.change.remove(self.worst)
        self.worst = self._worst(found) if found.worst else None
        if self.worst is not None:
            self.change.add(heading(text("Largest changes")), self.worst)
        self.change.show()

    def _worst(self, found: TensorChange) -> PartTable:
        rows = tuple((f"{one.row:,}", f"{one.column:,}", figure(one.before), figure(one.after)) for one in found.worst)
        return PartTable(Table(TITLES, rows), is_narrow=True)
