"""The child process with the window, on no screen: drops the sample, waits until it can be converted."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

SECONDS = 60


def main() -> None:
    """Read the request from stdin, answer on stdout, end."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    request = json.loads(sys.stdin.readline())
    answer = _answer(request["language"], request["settings"])
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)  # Qt's own end is not what is tried here


def _answer(language: str, settings: str) -> dict[str, Any]:
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QDialogButtonBox, QLabel, QPushButton

    from app.core.language import find_language
    from app.core.text import text
    from app.self_test.dropped import drop
    from app.self_test.made_models import sample
    from app.ui.application import Application
    from app.ui.main_window import MainWindow
    from app.ui.say import say
    from app.ui.settings import Settings

    application = Application(["mlx-ferry"])
    application.speak(find_language([language]))
    window = MainWindow(Settings(QSettings(settings, QSettings.Format.IniFormat)))
    application.show_window(window)
    drop(window, sample())
    convert = say(text("Convert"))

    def is_ready() -> bool:
        buttons = window.findChildren(QPushButton)
        shown = window.windowFilePath()
        is_open = bool(shown) and Path(shown).samefile(sample())  # in a Mac's app a link leads to resources
        return is_open and any(one.text() == convert and one.isEnabled() for one in buttons)

    deadline = time.monotonic() + SECONDS
    while not is_ready() and time.monotonic() < deadline:
        application.processEvents()
        time.sleep(0.01)
    picture = window.grab()
    qts_own = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    close = qts_own.buttons()[0].text()
    shown = [one.text() for one in window.findChildren(QLabel) if one.isVisible() and one.text()]
    return {
        "opened": is_ready(),
        "seconds": SECONDS,
        "button": convert,
        "close": close.replace("&", ""),
        "shown": " | ".join(shown),
        "width": picture.width(),
        "height": picture.height(),
    }
