"""The panel beside the table: the model, or the tensor that is looked at. It stands in a splitter or in a sheet."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.core.describe.model_shares import ModelShares
from app.core.describe.tensor_places import Place
from app.core.encode.kept import Kept
from app.core.plan import DroppedTensor, PlannedTensor
from app.core.text import Text, text
from app.core.tokenizer import Vocabulary
from app.core.verify.weights.tensor_change import TensorChange
from app.core.weights.figures import Distribution
from app.core.weights.source_values import have_values
from app.core.weights.statistics import HeadDifference
from app.ui.inspector.fact_rows import sources_of
from app.ui.inspector.head_inspector import HeadInspector
from app.ui.inspector.model_overview import ModelOverview
from app.ui.inspector.tensor_inspector import TensorInspector
from app.ui.say import say

MARGIN, NARROWEST = 16, 300


class Inspector(QScrollArea):
    """`statistics_wanted` has the tensor whose values are to be read, or None, when no values are wanted any more.

    What comes for a tensor that is not shown any more is dropped.
    """

    statistics_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: PlannedTensor | DroppedTensor | None = None
        self.overview, self.tensor, self.head = ModelOverview(), TensorInspector(), HeadInspector()
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(MARGIN)
        for widget in (self.overview, self.tensor, self.head):
            layout.addWidget(widget)
        layout.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(NARROWEST)
        self.setAccessibleName(say(text("Details")))
        self.show_overview(None)

    def show_overview(self, shares: ModelShares | None) -> None:
        """Of the whole model, in the place of a tensor; None for the one that was shown last."""
        if shares is not None:
            self.overview.show_shares(shares)
        if self.shown is not None:
            self.shown = None
            self.statistics_wanted.emit(None)
        self._show(None)

    def show_tensor(
        self,
        tensor: PlannedTensor | DroppedTensor,
        place: Place,
        error: float | None = None,
        kept: Kept | None = None,
        is_head: bool = False,
    ) -> None:
        """What is known; asks for values where they are another tensor's, or go another way into the file."""
        is_other = tensor != self.shown
        self.shown = tensor
        self.tensor.show_tensor(tensor, place, error, kept)
        if is_other:
            self.tensor.show_nothing_yet(have_values(sources_of(tensor)))
            self.head.show_nothing_yet()
            self.verticalScrollBar().setValue(0)
            self.statistics_wanted.emit(tensor)
        self._show(tensor)
        self.head.setVisible(is_head)

    def forget_change(self) -> None:
        """The file is not what it was, or not there."""
        self.tensor.change.hide()

    def show_statistics(self, tensor: object, found: Distribution) -> None:
        """Values of the tensor that is shown."""
        if tensor == self.shown:
            self.tensor.show_statistics(found)

    def show_progress(self, tensor: object, share: float) -> None:
        """How much of the tensor that is shown is read."""
        if tensor == self.shown:
            self.tensor.show_progress(share)

    def show_change(self, tensor: object, found: TensorChange) -> None:
        """What the finished file made of the tensor that is shown."""
        if tensor == self.shown:
            self.tensor.show_change(found)

    def show_head(self, tensor: object, found: HeadDifference, vocabulary: Vocabulary | None) -> None:
        """How it differs from the embedding."""
        if tensor == self.shown:
            self.head.show_difference(found, vocabulary)

    def show_failure(self, tensor: object, said: Text) -> None:
        """Why its values are not shown."""
        if tensor == self.shown:
            self.tensor.show_failure(said)
            self.head.show_failure(said)

    def _show(self, tensor: object) -> None:
        self.overview.setVisible(tensor is None)
        self.tensor.setVisible(tensor is not None)
        self.head.setVisible(False)
