"""Further types to write in the same run, for which the folder is read once."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from app.core.ggml_types import OUTPUTS, OutputType, outputs_by_family
from app.core.text import joined, text
from app.ui.output.type_choice import title_with_size
from app.ui.say import say


class AlsoButton(QToolButton):
    """Emits `chosen(tuple of OutputType)` whenever one is added or taken away."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAccessibleName(say(text("More files to write")))
        self.setToolTip(say(text("Write files in more formats; the folder is read only once")))
        self._menu = _StayingMenu(self)
        self._menu.setToolTipsVisible(True)
        self.setMenu(self._menu)
        for number, group in enumerate(outputs_by_family()):
            if number:
                self._menu.addSeparator()
            for output in group:
                action = self._menu.addAction(say(output.title))
                action.setCheckable(True)
                action.setData(output.output_type.value)
                action.setToolTip(say(output.hint or output.title))
        self._menu.triggered.connect(lambda _: self.chosen.emit(self._checked()))

    def show_types(self, sizes: Mapping[OutputType, int], first: OutputType, also: tuple[OutputType, ...]) -> None:
        """Bytes of each file, the type that is written anyway, the others that were chosen."""
        for action in self._menu.actions():
            if action.data() is None:
                continue
            kind = OutputType(action.data())
            action.setText(title_with_size(OUTPUTS[kind], sizes))
            action.setChecked(kind in also)
            action.setEnabled(kind is not first)
        types = joined(", ", (*(OUTPUTS[kind].title for kind in also[:2]), "…" if len(also) > 2 else ""))
        self.setText(say(text("Also {types}", types=types) if also else text("More Formats…")))
        self.setEnabled(len(sizes) > 1)

    def _checked(self) -> tuple[OutputType, ...]:
        return tuple(OutputType(action.data()) for action in self._menu.actions() if action.isChecked())


class _StayingMenu(QMenu):
    """Stays open while types are checked with the mouse."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.actionAt(event.position().toPoint())
        if action in self.actions() and action.isEnabled() and event.button() == Qt.MouseButton.LeftButton:
            action.trigger()
        else:
            super().mouseReleaseEvent(event)
