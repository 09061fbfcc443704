"""File > Open Recent."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.ui.settings import Settings


class RecentsMenu(QMenu):
    """Emits `chosen(Path)`."""

    chosen = Signal(object)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.refresh()

    def refresh(self) -> None:
        """Show what the settings know."""
        self.clear()
        folders = self._settings.recent_folders()
        for folder in folders:
            action = self._add(folder.name)
            action.setToolTip(str(folder))
            action.triggered.connect(lambda _=False, folder=folder: self.chosen.emit(folder))
        self.addSeparator()
        clear = self._add(self.tr("Clear Menu"))
        clear.setEnabled(bool(folders))
        clear.triggered.connect(self._clear)

    def _add(self, text: str) -> QAction:
        action = QAction(text, self)
        action.setMenuRole(QAction.MenuRole.NoRole)
        self.addAction(action)
        return action

    def _clear(self) -> None:
        self._settings.clear_recent_folders()
        self.refresh()
