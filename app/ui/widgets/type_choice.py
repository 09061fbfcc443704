"""The type of the matrices in the file, out of a list."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from app.core.ggml_types import OUTPUTS, OutputType, outputs_by_family
from app.core.text import text
from app.ui.say import say


class TypeChoice(QComboBox):
    """Emits `chosen(OutputType)` when the user decides."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(say(text("Format of the matrices in the file")))
        self.setMinimumContentsLength(24)
        self.setMaxVisibleItems(len(OUTPUTS) + len(outputs_by_family()))
        for number, group in enumerate(outputs_by_family()):
            if number:
                self.insertSeparator(self.count())
            for output in group:
                self.addItem(say(output.title), output.output_type)
                self.setItemData(self.count() - 1, say(output.hint), Qt.ItemDataRole.ToolTipRole)
        self.activated.connect(self._activated)

    def _activated(self, index: int) -> None:
        value = self.itemData(index)  # Qt keeps a plain str; None for a separator
        if value is not None:
            self.chosen.emit(OutputType(value))
