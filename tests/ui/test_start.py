"""The window is seen before the engine is loaded, and nothing that is pressed meanwhile is lost."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, Qt

import app
from app.core.resources import SAMPLE, resource_path
from app.ui import job, main_window
from app.ui.history.store import History
from app.ui.main_window import MainWindow
from app.ui.preferences.settings_sheet import SettingsSheet
from app.ui.sources import scanning
from tests.ui.driving import DEADLINE, drop, ready

LATER = 600_000  # milliseconds, in which no test ends

AT_ONCE = """
import sys
from PySide6.QtCore import QTimer
from app.ui.application import Application
from app.ui.main_window import MainWindow
from app.ui.settings import Settings

application = Application([])
window = MainWindow(Settings())
application.show_window(window)
QTimer.singleShot(0, lambda: print(window.isVisible(), sorted({"numpy", "gguf", "app.core.plan"} & set(sys.modules))))
window.furnished.connect(lambda: print("furnished"))
window.furnished.connect(application.quit)
application.exec()
print(window.workbench.session.state)
window.close()
"""


@pytest.fixture
def bare(qtbot, qapp, settings, tmp_path, monkeypatch):
    """A window as it is at first, for as long as nobody touches it; it finds no models on this machine."""
    monkeypatch.setattr(scanning, "models_here", lambda *_: ())
    monkeypatch.setattr(job, "FRAME", LATER)
    window = MainWindow(settings, History(tmp_path / "history.json"))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    monkeypatch.setattr(job, "FRAME", 0)
    yield window
    window.close()


def test_it_is_seen_before_the_engine_is_loaded(tmp_path):
    environment = os.environ | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    root = Path(app.__file__).parents[1]
    given = [sys.executable, "-c", AT_ONCE]
    done = subprocess.run(given, cwd=root, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == ["True []", "furnished", "State.EMPTY"]


def test_the_engine_is_loaded_beside_it(qtbot, qapp, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(scanning, "models_here", lambda *_: ())
    threads = []
    monkeypatch.setattr(main_window, "import_module", lambda name: threads.append((name, threading.current_thread())))
    window = MainWindow(settings, History(tmp_path / "history.json"))
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.furnished, timeout=DEADLINE):
        window.show()
    ((name, thread),) = threads
    assert name == "app.ui.workbench"
    assert thread is not threading.main_thread()
    assert window.close()


def test_what_stands_stays_where_it_is(qtbot, bare):
    def places():
        shell, bar = bare.shell, bare.top_bar
        shown = *bar.buttons.values(), bar.title, bare.welcome, bare.welcome.open, shell.side_bar
        return [(one.mapTo(bare, one.rect().topLeft()), one.size(), one.isVisible(), one.isEnabled()) for one in shown]

    at_first = places()
    bare.furnish()
    qtbot.wait(50)
    assert places() == at_first
    assert bare.welcome.open.hasFocus()


def test_a_button_that_is_pressed_at_once_does_what_it_says(qtbot, bare):
    qtbot.mouseClick(bare.welcome.sample, Qt.MouseButton.LeftButton)
    ready(qtbot, bare)
    assert bare.workbench.session.checkpoint.folder == resource_path(SAMPLE)


def test_a_key_too(qtbot, bare):
    with qtbot.waitSignal(bare.furnished, timeout=DEADLINE):
        qtbot.keyClick(bare, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    sheet = bare.workbench.preferring.sheet
    assert sheet.isVisible()
    sheet.reject()


def test_what_is_taken_from_a_menu_bar_outside_of_the_window_too(bare):
    assert not bare.shell.side_bar.isHidden()
    bare.menus.side_bar.trigger()
    assert bare.shell.side_bar.isHidden()
    assert not bare.menus.side_bar.isChecked()
    bare.menus.side_bar.trigger()
    assert not bare.shell.side_bar.isHidden()
    assert bare.menus.side_bar.isChecked()


def test_it_is_done_once(bare):
    bare.menus.settings.trigger()
    (sheet,) = bare.findChildren(SettingsSheet)
    assert bare.workbench.preferring.sheet is sheet
    sheet.reject()


def test_a_folder_that_is_dropped_at_once_is_opened(qtbot, bare, tied_folder):
    assert drop(bare, tied_folder)
    ready(qtbot, bare)
    assert bare.workbench.session.checkpoint.folder == tied_folder


def test_it_can_be_closed_before_anything_is_loaded(bare, settings):
    bare.resize(900, 600)
    assert bare.close()
    assert bare._workbench is None
    assert isinstance(settings.geometry(), QByteArray)


def test_what_fails_to_load_is_reported(qtbot, qapp, settings, monkeypatch):
    monkeypatch.setitem(sys.modules, main_window.WORKBENCH, None)
    window = MainWindow(settings)
    qtbot.addWidget(window)
    with qtbot.captureExceptions() as errors:
        window.show()
        qtbot.waitUntil(lambda: bool(errors), timeout=DEADLINE)
    ((kind, error, _),) = errors
    assert kind is ModuleNotFoundError
    assert main_window.WORKBENCH in str(error)
    assert window.close()
