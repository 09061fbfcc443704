"""The choice of a format: cards, or a list where the page is narrow, and the way to all the others."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.describe.format_choice import FormatChoice
from app.core.ggml_types import OUTPUTS, OutputType
from app.core.human_text import bytes_in_words
from app.core.text import NOTHING, joined, text
from app.ui.formats.all_formats_sheet import AllFormatsSheet
from app.ui.formats.format_card import narrowest
from app.ui.formats.format_group import GAP, FormatCards, FormatGroup, FormatList
from app.ui.say import say
from app.ui.widgets.card_frame import quiet


class Formats(QWidget):
    """Emits `chosen(OutputType)`; from the sheet `taken(OutputType, tuple)`, with the types written besides."""

    chosen, taken = Signal(object), Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards, self.list = FormatCards(), FormatList()
        self.all = QPushButton(say(text("All Formats…")))
        self.also = quiet(QLabel())
        self.also.setWordWrap(True)
        self.also.setMinimumWidth(1)
        self.sheet: AllFormatsSheet | None = None
        self._choices: tuple[FormatChoice, ...] = ()
        self._shown: tuple[FormatChoice, ...] = ()
        self._chosen, self._also = OutputType.AUTO, tuple[OutputType, ...]()
        self._is_enabled = True
        line = QHBoxLayout()
        line.setSpacing(GAP)
        line.addWidget(self.all)
        line.addWidget(self.also, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        for group in (self.cards, self.list):
            layout.addWidget(group)
            group.chosen.connect(self.chosen)
        layout.addLayout(line)
        self.cards.setMinimumWidth(1)  # else the page could not become so narrow that a list is shown
        self.list.hide()
        self.all.clicked.connect(self.show_all)

    def show_formats(
        self, choices: Sequence[FormatChoice], chosen: OutputType, also: Sequence[OutputType] = ()
    ) -> None:
        """All that can be chosen; what is recommended, and what is chosen, is shown at once."""
        self._choices, self._chosen, self._also = tuple(choices), chosen, tuple(also)
        self._shown = tuple(one for one in choices if one.role or one.output_type is chosen)
        self.also.setText(say(self._about_others()))
        if not self._arrange():
            self._fill()

    def set_enabled(self, enabled: bool) -> None:
        """Whether anything can be chosen now."""
        self._is_enabled = enabled
        for button in self._group.buttons:
            button.setEnabled(enabled)
        self.all.setEnabled(enabled and len(self._choices) > 1)

    def show_all(self) -> None:
        """The sheet with every format."""
        self.sheet = AllFormatsSheet(self.window(), self._choices, self._chosen, self._also)
        self.sheet.taken.connect(self._take)
        self.sheet.open()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    @property
    def _group(self) -> FormatGroup:
        """Cards or list, whichever is there."""
        return self.list if self.cards.isHidden() else self.cards

    def _arrange(self) -> bool:
        """Cards where each has room for its texts. Returns whether the one has taken the place of the other."""
        count = max(3, len(self._shown))
        is_wide = self.width() >= count * narrowest(self) + (count - 1) * GAP
        if self.cards.isHidden() is not is_wide:
            return False
        has_focus = any(one.hasFocus() for one in self._group.buttons)
        self.cards.setVisible(is_wide)
        self.list.setVisible(not is_wide)
        self._fill()
        if has_focus:
            self.focus_chosen()
        return True

    def _fill(self) -> None:
        """Only what is there: the other one when it comes."""
        self._group.show_formats(self._shown, self._chosen)
        self.set_enabled(self._is_enabled)

    def focus_chosen(self) -> None:
        """On the format that is chosen, from which the arrow keys go on."""
        group = self._group
        next((one for one in group.buttons if one.isChecked()), group).setFocus()

    def _about_others(self) -> str:
        sizes = {one.output_type: one.byte_count for one in self._choices}
        also = [kind for kind in self._also if kind in sizes]
        if not also:
            return NOTHING
        total = sum(sizes[kind] for kind in (self._chosen, *also) if kind in sizes)
        names = joined(", ", (OUTPUTS[kind].title for kind in also))
        return text("Also {types}: {size} together", types=names, size=bytes_in_words(total))

    def _take(self, chosen: OutputType, also: tuple[OutputType, ...]) -> None:
        if (chosen, also) != (self._chosen, self._also):
            self.taken.emit(chosen, also)
