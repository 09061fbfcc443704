"""The type of the matrices in the file, with the exact size of the file for each."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from app.core.ggml_types import OUTPUTS, Output, OutputType, outputs_by_family
from app.core.human_text import bytes_in_words
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

    def show_sizes(self, sizes: Mapping[OutputType, int], chosen: OutputType) -> None:
        """Bytes of the file for each type. While they are only known for the chosen one, no other can be chosen."""
        for kind, output in OUTPUTS.items():
            self.setItemText(self.findData(kind), title_with_size(output, sizes))
        self.setCurrentIndex(self.findData(chosen))
        self.setEnabled(len(sizes) > 1)
        self.setToolTip(say(OUTPUTS[chosen].hint))

    def _activated(self, index: int) -> None:
        value = self.itemData(index)  # Qt keeps a plain str; None for a separator
        if value is not None:
            self.chosen.emit(OutputType(value))


def title_with_size(output: Output, sizes: Mapping[OutputType, int]) -> str:
    """What a person reads, and the bytes of the file where they are known."""
    size = sizes.get(output.output_type)
    return say(output.title if size is None else text("{type} – {size}", type=output.title, size=bytes_in_words(size)))
