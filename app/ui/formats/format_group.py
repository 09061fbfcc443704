"""The recommended formats beside or below each other, of which one is chosen."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from app.core.describe.format_choice import FormatChoice
from app.core.ggml_types import OutputType
from app.core.text import text
from app.ui.formats.format_button import FormatButton
from app.ui.formats.format_card import FormatCard, FormatRow
from app.ui.say import say
from app.ui.widgets.tab_order import tab_after

GAP = 12


class FormatGroup(QWidget):
    """Emits `chosen(OutputType)`. Arrow keys go from one to the next, as among any radio buttons."""

    chosen = Signal(object)

    def __init__(self, kind: type[FormatButton], layout: QBoxLayout, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind, self._layout = kind, layout
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        self._group = QButtonGroup(self)
        self.buttons: list[FormatButton] = []
        self.setAccessibleName(say(text("Format")))

    def show_formats(self, choices: Sequence[FormatChoice], chosen: OutputType) -> None:
        """These formats. Buttons stay where they are, and keep the focus, when only what they say changes."""
        while len(self.buttons) < len(choices):
            self._add()
        while len(self.buttons) > len(choices):
            self._take_last()
        for button, choice in zip(self.buttons, choices, strict=True):
            button.show_choice(choice, choice.output_type is chosen)

    def _add(self) -> None:
        button = self._kind()
        self.buttons.append(button)
        self._group.addButton(button)
        self._layout.insertWidget(len(self.buttons) - 1, button, 1)
        button.wanted.connect(self.chosen)
        tab_after(self, self.buttons)

    def _take_last(self) -> None:
        button = self.buttons.pop()
        self._group.removeButton(button)
        self._layout.removeWidget(button)
        button.hide()  # at once; it goes when the event loop gets to it
        button.deleteLater()


class FormatCards(FormatGroup):
    """Side by side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        layout = QHBoxLayout()
        layout.setSpacing(GAP)
        layout.addStretch(0)  # one card alone does not become as wide as the page
        super().__init__(FormatCard, layout, parent)


class FormatList(FormatGroup):
    """Below each other, for a small window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        layout = QVBoxLayout()
        layout.setSpacing(GAP // 2)
        super().__init__(FormatRow, layout, parent)
