"""File > Open Recent."""

from collections import Counter

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.core.text import text
from app.ui.say import say
from app.ui.settings import Settings
from app.ui.widgets.plain_action import plain_action
from app.ui.widgets.shown_text import menu_text, plain_tooltip


class RecentsMenu(QMenu):
    """Emits `chosen(Recent)`, and `cleared` when the list has been emptied."""

    chosen = Signal(object)
    cleared = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setTitle(say(text("Open &Recent")))
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.refresh)  # a folder may have gone
        self.refresh()

    def refresh(self) -> None:
        """Show what the settings know."""
        for action in self.actions():
            self.removeAction(action)
            action.deleteLater()  # later, for it may be the one that was just chosen
        recents = self._settings.recents()
        namesakes = Counter(one.name for one in recents)
        for one in recents:
            name = one.name if namesakes[one.name] == 1 else f"{one.name} – {one.folder.parent.name}"
            action = self._add(menu_text(name))
            action.setToolTip(plain_tooltip("\n".join(map(str, (one.folder, *one.adapters)))))
            action.triggered.connect(lambda _=False, one=one: self.chosen.emit(one))
        self.addSeparator()
        clear = self._add(text("Clear Menu"))
        clear.setEnabled(bool(recents))
        clear.triggered.connect(self._clear)

    def _add(self, title: str) -> QAction:
        action = plain_action(title, self)
        self.addAction(action)
        return action

    def _clear(self) -> None:
        self._settings.clear_recents()
        self.refresh()
        self.cleared.emit()
