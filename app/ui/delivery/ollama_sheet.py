"""What a model is called in Ollama, and what it is told before every conversation."""

from collections.abc import Callable

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.deliver.ollama_name import checked_name
from app.core.errors import DeliveryError
from app.core.text import joined, text
from app.ui.say import say
from app.ui.widgets.card_frame import heading, quiet, wrapping

MARGIN, WIDTH = 24, 460


class OllamaSheet(QDialog):
    """Opened with open(). `then` is given the name and the system prompt, which may be empty."""

    def __init__(self, parent: QWidget | None, name: str, then: Callable[[str, str], object]) -> None:
        super().__init__(parent)
        self.setWindowTitle(say(text("Add to Ollama")))
        self.name, self.system = QLineEdit(name), QPlainTextEdit()
        self.refusal = wrapping()
        self.system.setTabChangesFocus(True)
        self.system.setFixedHeight(self.fontMetrics().lineSpacing() * 4)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.add = buttons.addButton(say(text("Add")), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.addWidget(heading(text("Add to Ollama")))
        layout.addSpacing(8)
        for title, field in ((text("Name"), self.name), (text("System prompt (optional)"), self.system)):
            label = quiet(QLabel(say(title)))
            label.setBuddy(field)
            field.setAccessibleName(say(title))
            layout.addWidget(label)
            layout.addWidget(field)
        layout.addWidget(self.refusal)
        layout.addStretch(1)
        layout.addWidget(buttons)
        for button in buttons.buttons():
            if isinstance(button, QPushButton):
                button.setAutoDefault(button is self.add)
        self.add.setDefault(True)  # heard only in a dialog
        lines = 3 * self.fontMetrics().lineSpacing()  # room for a refusal, so that nothing jumps
        self.refusal.setMinimumHeight(lines)
        self.setMinimumWidth(WIDTH)
        self.name.textChanged.connect(self._judge)
        self.accepted.connect(lambda: then(self.name.text().strip(), self.system.toPlainText().strip()))
        self.finished.connect(self.deleteLater)
        self.name.selectAll()
        self.name.setFocus()
        self._judge()

    def _judge(self) -> None:
        """A name that Ollama would not take is said while it is typed."""
        try:
            checked_name(self.name.text().strip())
            said = ""
        except DeliveryError as error:
            said = joined(" ", (error.message, error.hint)) if self.name.text().strip() else ""
        self.refusal.setText(say(said))
        self.add.setEnabled(bool(self.name.text().strip()) and not said)
