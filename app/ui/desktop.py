"""What only a desktop can do, one small function each. The Mac's halves are written with care and untested there."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from app.core.text import Text, text
from app.ui.say import say

IS_MAC = sys.platform == "darwin"


def reveal(path: Path) -> bool:
    """Show a file in Finder; elsewhere open its folder. Whether that could be done."""
    if not path.exists():
        return False
    if IS_MAC:
        return QProcess.startDetached("/usr/bin/open", ["-R", str(path)])[0]  # without waiting for Finder
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def reveal_label() -> Text:
    """What the button for `reveal` says."""
    return text("Show in Finder") if IS_MAC else text("Open Folder")


class KeepAwake:
    """Keeps a Mac from sleeping until released; ends with the app whatever happens to it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        if IS_MAC:
            with suppress(OSError):  # a conversion is not to fail for this
                self._process = subprocess.Popen(["/usr/bin/caffeinate", "-i", "-m", "-w", str(os.getpid())])

    def release(self) -> None:
        """The Mac may sleep again."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


def announce(window: QWidget, said: str) -> None:
    """Something has finished: bounces the Dock icon of a background window, and tells a screen reader."""
    QApplication.alert(window)
    tell(window, say(said))


def tell(widget: QWidget, told: str) -> None:
    """For a screen reader."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, told))


def set_badge(percent: int | None) -> None:
    """A number on the Dock icon, or none."""
    if IS_MAC:
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.setBadgeNumber(percent or 0)
