"""The page of tensors: the table, and beside it what is known of the tensor that is looked at."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from app.core.describe.model_shares import model_shares
from app.core.encode.kept import Kept
from app.core.model.identify import Model
from app.core.plan import ConversionPlan
from app.core.text import text
from app.core.tokenizer import Vocabulary
from app.ui.inspector.details_sheet import details_sheet, named_button
from app.ui.inspector.inspecting import Inspecting
from app.ui.inspector.inspector import Inspector
from app.ui.job import FRAME
from app.ui.say import say
from app.ui.table.tensor_row import NO_ERRORS, NO_KEPT, TensorRow
from app.ui.table.tensor_table import TensorTable
from app.ui.widgets.leavable_page import LeavablePage

MARGIN, GAP = 16, 12
BESIDE = 1000  # pixels; in a narrower page the details are in a sheet
DETAILS_WIDTH = 360


class TensorsPage(LeavablePage):
    """`back` when a person wants to leave it. Values are read while it is visible only; `shut_down` before the end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table, self.inspector, self.inspecting = TensorTable(), Inspector(), Inspecting(self)
        self._vocabulary: Vocabulary | None = None
        self.plan: ConversionPlan | None = None
        self.errors, self.kept = NO_ERRORS, NO_KEPT
        self._is_filled = True
        self._fill_soon = QTimer(self, singleShot=True, interval=FRAME)  # what is in sight comes first
        self._fill_soon.timeout.connect(self._fill)
        self.details_sheet: QDialog | None = None  # while it is open
        self._wants_details = True
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.details = named_button(say(text("Details")), say(text("Details of the selected tensor, or of the model")))
        self.details.setCheckable(True)
        self.details.setShortcut(QKeySequence("Ctrl+I"))
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self._lay_out()
        self._connect()

    def set_model(self, model: Model | None, vocabulary: Vocabulary | None = None) -> None:
        """Another folder, or the same one with other adapters."""
        self._vocabulary = vocabulary
        self.title.setText("" if model is None else say(text("Tensors of {name}", name=model.checkpoint.name)))
        self.inspecting.set_model(model)

    def set_vocabulary(self, vocabulary: Vocabulary | None) -> None:
        """By which tokens have texts."""
        self._vocabulary = vocabulary

    def set_plan(
        self, plan: ConversionPlan | None, errors: Mapping[str, float] = NO_ERRORS, kept: Mapping[str, Kept] = NO_KEPT
    ) -> None:
        """Show `plan` and what was measured, by name in the file, as soon as there is nothing else to do."""
        self.plan, self.errors, self.kept = plan, errors, kept
        self._is_filled = False
        self._fill_soon.start()

    @property
    def table(self) -> TensorTable:
        """With all that it is to show."""
        self._fill()
        return self._table

    def _fill(self) -> None:
        if self._is_filled:
            return
        self._is_filled = True
        self._table.set_plan(self.plan, self.errors, self.kept)
        if self.plan is not None:
            self.inspector.overview.show_shares(model_shares(self.plan, self.errors, self.kept))

    def set_enabled(self, is_ready: bool) -> None:
        """Whether types can be chosen."""
        self._table.types.menuAction().setEnabled(is_ready)

    def set_finished(self, plan: ConversionPlan | None, path: Path | None) -> None:
        """The file that is finished, and the plan that it was written by; None while there is none."""
        self.inspector.forget_change()
        self.inspecting.set_finished(plan, path)

    def shut_down(self) -> None:
        """Wait for what is being read."""
        self.inspecting.shut_down()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self.leave)
        top.addWidget(self.title, 1)
        top.addWidget(self.details)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(GAP)
        self.splitter.addWidget(self._table)
        self.splitter.addWidget(self.inspector)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([2 * DETAILS_WIDTH, DETAILS_WIDTH])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP)
        layout.addLayout(top)
        layout.addWidget(self.splitter, 1)

    def _connect(self) -> None:
        inspector, inspecting = self.inspector, self.inspecting
        self.details.clicked.connect(self._details_wanted)
        self._table.current_changed.connect(self._show)
        inspector.statistics_wanted.connect(inspecting.look_at)
        inspecting.statistics_found.connect(inspector.show_statistics)
        inspecting.change_found.connect(inspector.show_change)
        inspecting.head_found.connect(lambda tensor, found: inspector.show_head(tensor, found, self._vocabulary))
        inspecting.progressed.connect(inspector.show_progress)
        inspecting.failed.connect(inspector.show_failure)

    def _show(self, row: object) -> None:
        """What is looked at; of a layer, or of nothing, the whole model."""
        if not isinstance(row, TensorRow):
            self.inspector.show_overview(None)
        elif self.isVisible() and self.inspector.isVisible():
            is_head = self.inspecting.is_head(row.tensor)
            self.inspector.show_tensor(row.tensor, row.place, row.error, row.kept, is_head)

    def _details_wanted(self) -> None:
        if self._has_room:
            self._wants_details = self.details.isChecked()
            self._place_details()
        else:
            self._open_sheet()

    @property
    def _has_room(self) -> bool:
        return self.width() >= BESIDE

    def _place_details(self) -> None:
        """Beside the table where there is room, else nowhere until they are asked for."""
        if self.details_sheet is not None:
            if not self._has_room:
                return
            self.details_sheet.close()
        is_shown = self._has_room and self._wants_details
        self.inspector.setVisible(is_shown)
        self.details.setChecked(is_shown)
        self._show(self._table.current_row)

    def _open_sheet(self) -> None:
        """The same panel in a sheet."""
        sheet = self.details_sheet = details_sheet(self, self.inspector)
        sheet.finished.connect(self._sheet_closed)
        sheet.open()
        self.inspector.show()
        self.details.setChecked(False)
        self._show(self._table.current_row)

    def _sheet_closed(self) -> None:
        self.details_sheet = None
        self.splitter.addWidget(self.inspector)
        self._place_details()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._has_room is not (event.oldSize().width() >= BESIDE):
            self._place_details()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill()
        self._place_details()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is read for nobody."""
        super().hideEvent(event)
        self.inspector.show_overview(None)
