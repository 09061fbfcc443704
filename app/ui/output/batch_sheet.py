"""Before several models are converted: which they are, in which format, and where the files go."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.core.display_name import display_name
from app.core.ggml_types import OutputType
from app.core.text import counted, in_one_line, text
from app.ui.output.destination import from_home
from app.ui.say import say
from app.ui.widgets.card_frame import heading, quiet, wrapping
from app.ui.widgets.elided_label import ElidedLabel
from app.ui.widgets.outlined import OutlinedCheckBox
from app.ui.widgets.sheets import choose_folder
from app.ui.widgets.shown_text import plain_tooltip
from app.ui.widgets.type_choice import TypeChoice

SIZE, MARGIN = (480, 420), 20


class BatchSheet(QDialog):
    """Opens at once; does not block."""

    wanted = Signal(object, object, bool)  # OutputType, the folder or None for beside each model, replace files

    def __init__(self, parent: QWidget, folders: Sequence[Path], preferred: OutputType = OutputType.AUTO) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self._kind = preferred
        asked = counted("Convert {count:,} model?", "Convert {count:,} models?", len(folders))
        self.setWindowTitle(say(asked))
        self.resize(*SIZE)
        self.names = QListWidget()
        self.names.setAccessibleName(say(text("Models")))
        self.names.addItems([in_one_line(display_name(folder)) for folder in folders])
        for row, folder in enumerate(folders):
            self.names.item(row).setToolTip(plain_tooltip(str(folder)))
        self.types = TypeChoice()
        self.types.setCurrentIndex(self.types.findData(preferred))
        self.types.chosen.connect(self._choose)
        self.target = ElidedLabel()
        self.target.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.change = QPushButton(say(text("Change…")))
        self.change.setAccessibleName(say(text("Change the destination")))
        self.change.clicked.connect(lambda: choose_folder(self, text("Choose a folder for the files"), self.set_folder))
        self.replaces = OutlinedCheckBox()
        self.replaces.setText(say(text("Replace existing files")))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.convert = buttons.addButton(say(text("Convert")), QDialogButtonBox.ButtonRole.AcceptRole)
        self.convert.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._show_folder()
        self._place(asked, buttons)
        self.accepted.connect(self._tell)
        self.finished.connect(self.deleteLater)
        self.convert.setFocus()
        self.open()

    def set_folder(self, folder: Path) -> None:
        """One folder for all files."""
        self._folder = folder
        self._show_folder()

    def _choose(self, kind: OutputType) -> None:
        self._kind = kind

    def _show_folder(self) -> None:
        place = text("Beside each model") if self._folder is None else from_home(self._folder)
        self.target.show_line(place)

    def _place(self, asked: str, buttons: QDialogButtonBox) -> None:
        layout, choices, target = QVBoxLayout(self), QGridLayout(), QHBoxLayout()
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(12)
        layout.addWidget(heading(asked))
        layout.addWidget(wrapping(text("They are converted one after the other; one that fails stops no other.")))
        layout.addWidget(self.names, 1)
        target.addWidget(self.target, 1)
        target.addWidget(self.change)
        choices.setColumnStretch(1, 1)
        choices.setHorizontalSpacing(12)
        for row, title in enumerate((text("Format"), text("Save in"))):
            choices.addWidget(quiet(QLabel(say(title))), row, 0)
        choices.addWidget(self.types, 0, 1)
        choices.addLayout(target, 1, 1)
        choices.addWidget(self.replaces, 2, 1)
        layout.addLayout(choices)
        layout.addWidget(buttons)

    def _tell(self) -> None:
        self.wanted.emit(self._kind, self._folder, self.replaces.isChecked())
