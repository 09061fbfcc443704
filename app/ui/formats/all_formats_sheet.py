"""Every format that makes sense for the folder, in a table: one is chosen, others can be written besides."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.describe.format_choice import FormatChoice
from app.core.describe.format_quality import Quality
from app.core.describe.memory_need import Fit
from app.core.ggml_types import OUTPUTS, OutputType
from app.core.text import NOTHING, text
from app.ui.formats.format_words import FIT_TONES, TONES, name_of, size_of
from app.ui.say import say
from app.ui.widgets.card_frame import heading, quiet, wrapping
from app.ui.widgets.icons import icon
from app.ui.widgets.outlined import outline
from app.ui.widgets.shown_text import wrapped_tooltip

SIZE = QSize(760, 480)
NAME, BYTES, COST, MEMORY, ALSO = range(5)
HEADINGS = (text("Format"), text("File size"), text("Quality"), text("Memory"), text("Also write"))
Flag = Qt.ItemFlag


class AllFormatsSheet(QDialog):
    """Emits `taken(OutputType, tuple of OutputType)`: the format, and those to be written besides."""

    taken = Signal(object, object)

    def __init__(
        self, parent: QWidget, choices: Sequence[FormatChoice], chosen: OutputType, also: Sequence[OutputType]
    ) -> None:
        super().__init__(parent)
        title = text("All formats")
        self.setWindowTitle(say(title))
        self.resize(SIZE.boundedTo(parent.size()))
        self._choices = tuple(choices)
        self.table = _table(len(choices))
        for row, choice in enumerate(choices):
            self._fill(row, choice, choice.output_type in also)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.use = buttons.addButton(say(text("Use")), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(heading(title))
        remark = text("Select one. Tick others to write them in the same run; the folder is read only once.")
        layout.addWidget(quiet(wrapping(remark)))
        layout.addWidget(self.table, 1)
        layout.addWidget(buttons)
        self.use.setDefault(True)  # when it is in the dialog, else Qt takes the first one
        self.table.installEventFilter(self)
        self.table.itemSelectionChanged.connect(self._show_whether)
        self.table.itemDoubleClicked.connect(self._double_clicked)
        self.accepted.connect(self._take)
        self.finished.connect(self.deleteLater)
        self.table.selectRow(next((row for row, one in enumerate(choices) if one.output_type is chosen), 0))
        self.table.setFocus()

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Space ticks the row wherever the cursor is in it; Return uses it."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() == Qt.Key.Key_Space:
            self._toggle(self.table.currentRow())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.use.click()
        else:
            return False
        return True

    def _fill(self, row: int, choice: FormatChoice, is_ticked: bool) -> None:
        output, is_possible = OUTPUTS[choice.output_type], choice.quality is not Quality.IMPOSSIBLE
        flags = (Flag.ItemIsEnabled | Flag.ItemIsSelectable) if is_possible else Flag.NoItemFlags
        texts = (name_of(choice), size_of(choice), choice.quality_words, choice.memory.amounts, NOTHING)
        items = [QTableWidgetItem(say(said)) for said in texts]
        for column, item in enumerate(items):
            item.setFlags(flags)
            item.setToolTip(wrapped_tooltip(say(output.hint)) if output.hint else "")
            self.table.setItem(row, column, item)
        items[BYTES].setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        items[COST].setIcon(icon(TONES[choice.quality].sign))
        if choice.memory.fit is not Fit.EASY:
            items[MEMORY].setIcon(icon(FIT_TONES[choice.memory.fit].sign))
        for item, said in ((items[COST], choice.quality_words), (items[MEMORY], choice.memory.in_words)):
            item.setToolTip(wrapped_tooltip(say(said)))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, say(said))
        if is_possible:
            items[ALSO].setFlags(flags | Flag.ItemIsUserCheckable)
            items[ALSO].setCheckState(Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked)
        spoken = text("Write {format} as well", format=name_of(choice))
        items[ALSO].setData(Qt.ItemDataRole.AccessibleTextRole, say(spoken))

    def _toggle(self, row: int) -> None:
        item = self.table.item(row, ALSO)
        if item is not None and item.flags() & Flag.ItemIsUserCheckable:
            is_ticked = self._is_ticked(row)
            item.setCheckState(Qt.CheckState.Unchecked if is_ticked else Qt.CheckState.Checked)

    def _double_clicked(self, item: QTableWidgetItem) -> None:
        if item.column() != ALSO:
            self.use.click()

    def _selected(self) -> FormatChoice | None:
        rows = self.table.selectionModel().selectedRows()
        return self._choices[rows[0].row()] if rows else None

    def _show_whether(self) -> None:
        self.use.setEnabled(self._selected() is not None)

    def _take(self) -> None:
        chosen = self._selected()
        if chosen is None:
            return
        also = (one.output_type for row, one in enumerate(self._choices) if self._is_ticked(row) and one is not chosen)
        self.taken.emit(chosen.output_type, tuple(also))

    def _is_ticked(self, row: int) -> bool:
        item = self.table.item(row, ALSO)
        return item is not None and item.checkState() is Qt.CheckState.Checked


def _table(rows: int) -> QTableWidget:
    table = QTableWidget(rows, len(HEADINGS))
    table.setAccessibleName(say(text("All formats")))
    table.setHorizontalHeaderLabels([say(title) for title in HEADINGS])
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().lineSpacing() + 12)
    table.setShowGrid(False)
    outline(table)  # its check boxes
    table.setAlternatingRowColors(True)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    header = table.horizontalHeader()
    right = table.horizontalHeaderItem(BYTES)
    if right is not None:
        right.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(COST, QHeaderView.ResizeMode.Stretch)
    return table
