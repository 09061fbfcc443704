"""The type of the matrices in the file, with the exact size of the file for each."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from app.core.plan import OutputType
from app.core.words import bytes_in_words

T = OutputType
CONTEXT = "TypeChoice"
GROUPS = (
    (T.AUTO, T.LOSSLESS),
    (T.F32, T.F16, T.BF16),
    (T.Q8_0, T.Q6_K, T.Q5_K_M, T.Q5_K_S, T.Q4_K_M, T.Q4_K_S, T.Q3_K_L, T.Q3_K_M, T.Q3_K_S, T.Q2_K),
    (T.IQ4_NL, T.IQ4_XS, T.Q5_1, T.Q5_0, T.Q4_1, T.Q4_0),
    (T.MXFP4, T.NVFP4),
)


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:
    """Marks a text for lupdate, which knows this name. Qt's own function has no types."""
    return text


NAMES = {
    T.AUTO: QT_TRANSLATE_NOOP("TypeChoice", "As in the folder"),
    T.LOSSLESS: QT_TRANSLATE_NOOP("TypeChoice", "Lossless"),
    T.MXFP4: QT_TRANSLATE_NOOP("TypeChoice", "MXFP4 for experts"),
}
HINTS = {
    T.AUTO: QT_TRANSLATE_NOOP("TypeChoice", "No loss, or the nearest of about the folder's size"),
    T.LOSSLESS: QT_TRANSLATE_NOOP("TypeChoice", "Exact wherever GGUF can hold the values, however large the file"),
    T.F32: QT_TRANSLATE_NOOP("TypeChoice", "Holds every value; four bytes each"),
    T.F16: QT_TRANSLATE_NOOP("TypeChoice", "Runs everywhere; two bytes for each value"),
    T.BF16: QT_TRANSLATE_NOOP("TypeChoice", "As most models are trained; two bytes for each value"),
    T.Q8_0: QT_TRANSLATE_NOOP("TypeChoice", "Hardly any loss in half of the size"),
    T.Q6_K: QT_TRANSLATE_NOOP("TypeChoice", "Very small loss"),
    T.Q5_K_M: QT_TRANSLATE_NOOP("TypeChoice", "Small loss"),
    T.Q4_K_M: QT_TRANSLATE_NOOP("TypeChoice", "The most used: a good balance of size and quality"),
    T.Q3_K_M: QT_TRANSLATE_NOOP("TypeChoice", "For little memory; the loss shows"),
    T.Q2_K: QT_TRANSLATE_NOOP("TypeChoice", "The smallest, with a great loss"),
    T.IQ4_XS: QT_TRANSLATE_NOOP("TypeChoice", "Somewhat smaller than Q4_K_S, and slower on some machines"),
    T.MXFP4: QT_TRANSLATE_NOOP("TypeChoice", "For models trained in MXFP4; other matrices become Q8_0"),
    T.NVFP4: QT_TRANSLATE_NOOP("TypeChoice", "Not for Macs: llama.cpp cannot compute with it on their GPU"),
}


class TypeChoice(QComboBox):
    """Emits `chosen(OutputType)` when the user decides."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Type of the matrices in the file"))
        self.setMinimumContentsLength(24)
        self.setMaxVisibleItems(sum(map(len, GROUPS)) + len(GROUPS))
        for number, group in enumerate(GROUPS):
            if number:
                self.insertSeparator(self.count())
            for kind in group:
                self.addItem(type_title(kind), kind)
                self.setItemData(self.count() - 1, type_hint(kind), Qt.ItemDataRole.ToolTipRole)
        self.activated.connect(self._activated)

    def show_sizes(self, sizes: Mapping[OutputType, int], chosen: OutputType) -> None:
        """Bytes of the file for each type. While they are only known for the chosen one, no other can be chosen."""
        for kind in OutputType:
            self.setItemText(self.findData(kind), title_with_size(kind, sizes))
        self.setCurrentIndex(self.findData(chosen))
        self.setEnabled(len(sizes) > 1)
        self.setToolTip(type_hint(chosen))

    def _activated(self, index: int) -> None:
        value = self.itemData(index)  # Qt keeps a plain str; None for a separator
        if value is not None:
            self.chosen.emit(OutputType(value))


def type_title(kind: OutputType) -> str:
    """What a person reads."""
    return QCoreApplication.translate(CONTEXT, NAMES[kind]) if kind in NAMES else kind.value.upper()


def title_with_size(kind: OutputType, sizes: Mapping[OutputType, int]) -> str:
    """The same, and the bytes of the file where they are known."""
    return type_title(kind) + (f" – {bytes_in_words(sizes[kind])}" if kind in sizes else "")


def type_hint(kind: OutputType) -> str:
    """What it is good for; empty where the name says all that is to be said."""
    return QCoreApplication.translate(CONTEXT, HINTS[kind]) if kind in HINTS else ""
