"""Settings: a sheet in which each choice counts at once."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.checkpoint.model_places import has_lm_studio
from app.core.ggml_types import OutputType
from app.core.text import NOTHING, Text, in_one_line, text
from app.ui.preferences.languages import languages
from app.ui.preferences.text_size import SIZES
from app.ui.say import say
from app.ui.settings import Settings, Where
from app.ui.widgets import sheets
from app.ui.widgets.card_frame import quiet, wrapping
from app.ui.widgets.outlined import OutlinedCheckBox
from app.ui.widgets.type_choice import TypeChoice

MARGIN, GAP = 24, 12
SIGNS_IN_LINE = 70
WHERE = {
    Where.BESIDE: text("Beside the model"),
    Where.FOLDER: text("In a folder"),
    Where.LM_STUDIO: text("In LM Studio"),
}
EXPLAINED = {
    Where.BESIDE: text("For models in a cache or in LM Studio: in Downloads."),
    Where.LM_STUDIO: text("The file is in LM Studio's list of models as soon as it is complete."),
}


class SettingsSheet(QDialog):
    """Opened with open(). What it shows is what the settings hold."""

    language_chosen = Signal(str)  # its code, "" for the system's
    text_size_chosen = Signal(int)  # per cent
    changed = Signal()  # anything else: where files go, the usual format, what is done afterwards

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle(say(text("Settings")))
        self.language, self.text_size, self.where = (QComboBox() for _ in range(3))
        self.format = TypeChoice()
        self.explained, self.folder, self.choose = quiet(wrapping()), QLineEdit(), QPushButton(say(text("Choose…")))
        self.folder.setReadOnly(True)
        self.folder.setAccessibleName(say(text("Folder for files")))
        self.checks = OutlinedCheckBox()
        self.checks.setText(say(text("Check each file when it is complete")))
        self.reports = OutlinedCheckBox()
        self.reports.setText(say(text("Write a report beside each file")))
        self._fill()
        self._place()
        self._show()
        self.language.activated.connect(self._choose_language)
        self.text_size.activated.connect(self._choose_text_size)
        self.where.activated.connect(self._choose_where)
        self.format.chosen.connect(self._choose_format)
        self.choose.clicked.connect(self._ask_for_folder)
        self.checks.toggled.connect(settings.set_checks_afterwards)
        self.reports.toggled.connect(settings.set_reports_beside)
        for box in (self.checks, self.reports):
            box.toggled.connect(self.changed)
        self.finished.connect(self.deleteLater)

    def _fill(self) -> None:
        for code, name in languages().items():
            self.language.addItem(say(name), code)
        for size in SIZES:
            self.text_size.addItem(say(text("{percent}%", percent=size)), size)
        for where, title in WHERE.items():
            self.where.addItem(say(title), where.value)
        model = self.where.model()
        if isinstance(model, QStandardItemModel) and not has_lm_studio():
            item = model.item(list(WHERE).index(Where.LM_STUDIO))
            item.setEnabled(False)
            item.setToolTip(say(text("LM Studio was not found on this Mac.")))

    def _place(self) -> None:
        whole, self._grid = QVBoxLayout(self), QGridLayout()
        whole.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        whole.setSpacing(2 * GAP)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(GAP)
        self._grid.setColumnStretch(1, 1)
        self._row(text("Language"), self.language)
        self._row(text("Text size"), self.text_size)
        self._grid.setRowMinimumHeight(self._grid.rowCount(), GAP)
        self._row(text("Save files"), self.where)
        line = QHBoxLayout()
        line.addWidget(self.explained, 1)
        line.addWidget(self.folder, 1)
        line.addWidget(self.choose)
        self.explained.setMinimumHeight(self.choose.sizeHint().height())
        self._grid.setColumnMinimumWidth(1, self.fontMetrics().averageCharWidth() * SIGNS_IN_LINE)
        self._grid.addLayout(line, self._grid.rowCount(), 1)
        self._row(text("Usual format"), self.format)
        self._grid.setRowMinimumHeight(self._grid.rowCount(), GAP)
        for box in (self.checks, self.reports):
            self._grid.addWidget(box, self._grid.rowCount(), 1)
        whole.addLayout(self._grid)
        whole.addStretch(1)
        buttons = QDialogButtonBox()
        self.done_button = buttons.addButton(say(text("Done")), QDialogButtonBox.ButtonRole.AcceptRole)
        self.done_button.setDefault(True)
        buttons.accepted.connect(self.accept)
        whole.addWidget(buttons)
        self.choose.setAutoDefault(False)

    def _row(self, title: Text, widget: QComboBox) -> None:
        label, row = QLabel(say(title)), self._grid.rowCount()
        label.setBuddy(widget)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        widget.setAccessibleName(say(title))
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(widget, row, 1, Qt.AlignmentFlag.AlignLeft)

    def _show(self) -> None:
        """Everything as it is remembered."""
        settings = self._settings
        self.language.setCurrentIndex(max(0, self.language.findData(settings.language())))
        nearest = min(SIZES, key=lambda size: abs(size - settings.text_size()))
        self.text_size.setCurrentIndex(self.text_size.findData(nearest))
        self.where.setCurrentIndex(self.where.findData(settings.where().value))
        self.format.setCurrentIndex(self.format.findData(settings.output_type().value))
        self.checks.setChecked(settings.checks_afterwards())
        self.reports.setChecked(settings.reports_beside())
        self._show_folder()

    def _show_folder(self) -> None:
        where, folder = self._settings.where(), self._settings.folder()
        self.folder.setText(in_one_line(str(folder or "")))
        self.folder.setCursorPosition(0)
        self.explained.setText(say(EXPLAINED.get(where, NOTHING)))
        for widget in (self.folder, self.choose):
            widget.setVisible(where is Where.FOLDER)
        self.explained.setVisible(where is not Where.FOLDER)

    def _choose_language(self) -> None:
        self._settings.set_language(self.language.currentData())
        self.language_chosen.emit(self.language.currentData())

    def _choose_text_size(self) -> None:
        self._settings.set_text_size(self.text_size.currentData())
        self.text_size_chosen.emit(self.text_size.currentData())

    def _choose_where(self) -> None:
        where = Where(self.where.currentData())
        if where is Where.FOLDER and self._settings.folder() is None:
            self._ask_for_folder()
        else:
            self._settings.set_where(where)
            self.changed.emit()
        self._show()

    def _ask_for_folder(self) -> None:
        sheets.choose_folder(self, text("Choose where files go"), self._choose_folder)

    def _choose_folder(self, chosen: Path) -> None:
        self._settings.set_folder(chosen if chosen.is_dir() else chosen.parent)
        self._settings.set_where(Where.FOLDER)
        self._show()
        self.changed.emit()

    def _choose_format(self, kind: OutputType) -> None:
        self._settings.set_output_type(kind)
        self.changed.emit()
