"""Help > Keyboard Shortcuts: what every key does, read from the menus themselves."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from app.core.text import text
from app.ui.say import say
from app.ui.widgets.card_frame import heading
from app.ui.widgets.facts import Facts

MARGIN = 20


class ShortcutsSheet(QDialog):
    """Opens at once; does not block."""

    def __init__(self, parent: QWidget, actions: Sequence[QAction]) -> None:
        super().__init__(parent)
        title = text("Keyboard Shortcuts")
        self.setWindowTitle(say(title))
        self.facts = Facts()
        native = QKeySequence.SequenceFormat.NativeText
        rows = [(one.text().replace("&", ""), one.shortcut().toString(native)) for one in actions]
        moving = text("Move the selected row of the queue"), "Alt+↑  Alt+↓"
        self.facts.show_rows([*((name, keys) for name, keys in rows if keys), moving])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(12)
        layout.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addWidget(heading(title))
        layout.addLayout(self.facts)
        layout.addWidget(buttons)
        self.finished.connect(self.deleteLater)
        self.open()
