"""Settings… in the menu: the sheet, and what follows from it at once."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.ui.preferences.settings_sheet import SettingsSheet
from app.ui.settings import Settings


class Preferring(QObject):
    """Opens the sheet, once at a time. Language and size of texts are the application's to change."""

    language_chosen = Signal(str)
    text_size_chosen = Signal(int)
    changed = Signal()

    def __init__(self, window: QWidget, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._settings = window, settings
        self.sheet: SettingsSheet | None = None

    def open(self) -> None:
        """The sheet."""
        if self.sheet is not None:
            return
        self.sheet = sheet = SettingsSheet(self._settings, self._window)
        sheet.language_chosen.connect(self.language_chosen)
        sheet.text_size_chosen.connect(self.text_size_chosen)
        sheet.changed.connect(self.changed)
        sheet.finished.connect(self._closed)
        sheet.open()

    def _closed(self) -> None:
        self.sheet = None
