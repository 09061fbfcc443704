"""An application without a screen, a window on the real engine, and nothing left over after a test."""

import os
import threading

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from app.core.language import english
from app.ui import desktop, job, tensors_page
from app.ui.application import Application
from app.ui.history.store import History
from app.ui.main_window import MainWindow
from app.ui.say import window_language
from app.ui.settings import Settings
from app.ui.sources import scanning
from tests.ui.held import Held

QStandardPaths.setTestModeEnabled(True)  # what a person remembers is not ours to change


@pytest.fixture(scope="session")
def qapp_cls():
    """The application of the real program, for folders from the Dock."""
    return Application


@pytest.fixture
def settings(tmp_path):
    """Settings of this test's own."""
    return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def no_frames(monkeypatch):
    """Work follows as soon as nothing is left to be done by Qt: without a screen there is no frame to wait for."""
    monkeypatch.setattr(job, "FRAME", 0)
    monkeypatch.setattr(tensors_page, "FRAME", 0)


@pytest.fixture
def window(qtbot, qapp, settings, tmp_path, monkeypatch, no_frames):
    """The window, shown; closed afterwards with no thread left. It finds no models on this machine."""
    monkeypatch.setattr(scanning, "models_here", lambda *_: ())
    window = MainWindow(settings, History(tmp_path / "history.json"))
    qtbot.addWidget(window)
    window.furnish()
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.workbench.queue.shut_down()
    window.stop_all_but_queue()
    qapp.window = None
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("chunk")]
    assert not left


@pytest.fixture
def revealed(monkeypatch):
    """Paths that were to be shown in the file manager."""
    paths: list[object] = []

    def reveal(path):
        paths.append(path)
        return True

    monkeypatch.setattr(desktop, "reveal", reveal)
    return paths


@pytest.fixture
def set_palette(qapp):
    """A function that changes the application's palette; put back afterwards."""
    before = QPalette(QApplication.palette())
    yield QApplication.setPalette
    QApplication.setPalette(before)


@pytest.fixture
def chinese(monkeypatch, qapp):
    """As the program starts where LANGUAGE is Chinese."""
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    qapp.speak(window_language())
    yield
    qapp.speak(english())


@pytest.fixture
def chinese_window(chinese, window):
    """Made when the language is chosen already."""
    return window


@pytest.fixture
def held(monkeypatch):
    """Conversions are held until `held.go_on.set()`, or cancelled."""
    return Held(monkeypatch)
