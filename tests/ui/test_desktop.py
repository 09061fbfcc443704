"""What only a Mac does, with the Mac's programs replaced."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QProcess
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from app.ui import desktop
from app.ui.widgets.revealing import reveal
from tests.ui.driving import DEADLINE, opened


@pytest.fixture
def mac(monkeypatch):
    """Pretend to be on a Mac; returns the commands that would have been run."""
    commands: list[list[str]] = []

    def start(command, **_):
        commands.append(command)
        return SimpleNamespace(terminate=lambda: commands.append(["terminated"]), wait=lambda: 0)

    monkeypatch.setattr(desktop, "IS_MAC", True)
    monkeypatch.setattr(desktop, "subprocess", SimpleNamespace(Popen=start))  # others start processes too
    monkeypatch.setattr(QProcess, "startDetached", lambda program, arguments: (bool(start([program, *arguments])), 1))
    return commands


def test_a_mac_is_kept_awake_until_released(mac):
    awake = desktop.KeepAwake()
    assert mac[0][0] == "/usr/bin/caffeinate"
    assert "-w" in mac[0]
    awake.release()
    awake.release()
    assert mac[1:] == [["terminated"]]


def test_elsewhere_nothing_is_started(monkeypatch):
    monkeypatch.setattr(desktop, "IS_MAC", False)
    desktop.KeepAwake().release()


def test_a_missing_program_stops_no_conversion(mac, monkeypatch):
    def fail(command):
        raise FileNotFoundError(command[0])

    monkeypatch.setattr("subprocess.Popen", fail)
    desktop.KeepAwake().release()


def test_finder_shows_the_file_itself(mac, tmp_path):
    (tmp_path / "a b.gguf").touch()
    assert desktop.reveal(tmp_path / "a b.gguf")
    assert mac == [["/usr/bin/open", "-R", str(tmp_path / "a b.gguf")]]
    assert desktop.reveal_label() == "Show in Finder"


def test_elsewhere_the_folder_is_opened(monkeypatch, tmp_path):
    opened: list[str] = []
    monkeypatch.setattr(desktop, "IS_MAC", False)

    def open_url(url):
        opened.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    (tmp_path / "a b.gguf").touch()
    assert desktop.reveal(tmp_path / "a b.gguf")
    assert opened == [str(tmp_path)]
    assert desktop.reveal_label() == "Open Folder"


def test_announcing_and_badges_are_quiet_without_a_desktop(qtbot, mac):
    window = QWidget()
    qtbot.addWidget(window)
    desktop.announce(window, "Ready")
    for percent in (0, 42, None):
        desktop.set_badge(percent)


def test_a_conversion_keeps_awake_and_announces(qtbot, window, copied_folder, tmp_path, mac, monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(desktop, "announce", lambda _, text: said.append(text))
    monkeypatch.setattr(desktop, "set_badge", lambda _: None)
    opened(qtbot, window, copied_folder)
    window.workbench.converting.set_destination(tmp_path / "file.gguf")
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()
    assert [command[0] for command in mac] == ["/usr/bin/caffeinate", "terminated"]
    assert said == ["file.gguf is ready"]


def test_what_cannot_be_shown_is_told(qtbot, tmp_path, monkeypatch):
    window = QWidget()
    qtbot.addWidget(window)
    reveal(window, tmp_path / "gone.gguf")
    (box,) = window.findChildren(QMessageBox)
    assert "gone.gguf cannot be shown" in box.text()
    box.reject()
    (tmp_path / "there.gguf").touch()
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: False)  # nothing opens folders here
    assert not desktop.reveal(tmp_path / "there.gguf")
