"""States of the settings, to be looked at."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from app.ui.preferences.settings_sheet import SettingsSheet
from app.ui.settings import Settings, Where


def pictures(place: Path) -> Iterator[tuple[str, QWidget]]:
    """Names of states, and the widget in them."""
    settings = Settings(QSettings(str(place / "settings.ini"), QSettings.Format.IniFormat))
    yield "beside", SettingsSheet(settings)
    settings.set_folder(Path("/Volumes/Models/where/I/keep/everything/that/I/have/ever/converted/for/my/friends"))
    settings.set_where(Where.FOLDER)
    settings.set_checks_afterwards(True)
    yield "folder", SettingsSheet(settings)
