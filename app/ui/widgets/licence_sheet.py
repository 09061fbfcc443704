"""What the program is made of, and the licence of each part: a list and the text beside it."""

from importlib.metadata import PackageNotFoundError

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from app.core.licences import Part, parts
from app.core.text import text
from app.ui.say import say
from app.ui.widgets.card_frame import wrapping

SIZE = (820, 560)
LIST_WIDTH, SPACING = 280, 1


class LicenceSheet(QDialog):
    """Shows the first part, which is this program."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(say(text("Licenses")))
        self.resize(*SIZE)
        self._parts = _installed()
        self.names, self.text = QListWidget(), QPlainTextEdit()
        self.names.setAccessibleName(say(text("Parts of the program")))
        self.names.addItems([f"{part.name} {part.version}" for part in self._parts])
        self.names.setSpacing(SPACING)
        self.names.currentRowChanged.connect(self._show)
        self.text.setReadOnly(True)
        self.text.setAccessibleName(say(text("License")))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.addWidget(self.names)
        both.addWidget(self.text)
        both.setSizes([LIST_WIDTH, SIZE[0] - LIST_WIDTH])
        both.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.addWidget(
            wrapping(text("MLX Ferry is built on the work of many people. These are the terms of each part."))
        )
        layout.addWidget(both, 1)
        layout.addWidget(buttons)
        self.finished.connect(self.deleteLater)
        self.names.setCurrentRow(0)

    def _show(self, row: int) -> None:
        if 0 <= row < len(self._parts):
            part = self._parts[row]
            self.text.setPlainText(f"{part.licence}\n\n{part.text}")


def _installed() -> tuple[Part, ...]:
    try:
        return parts()
    except PackageNotFoundError:  # run from sources that nobody installed
        return ()
