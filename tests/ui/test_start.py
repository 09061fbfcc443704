"""`mlx-ferry FOLDER` opens the window with the folder; a command stays a command."""

import os

import pytest

from app import __main__ as program
from app import cli
from app.ui import application


@pytest.fixture
def started(monkeypatch):
    """What was started: the window with a folder, or the command line."""
    started: list[object] = []

    def run(folder=None):
        started.append(folder)
        return 0

    def main():
        started.append("command line")
        return 0

    monkeypatch.setattr(application, "run", run)
    monkeypatch.setattr(cli, "main", main)
    return started


@pytest.mark.parametrize("name", ["", "config.json"])
def test_a_folder_or_a_file_in_it_opens_the_window(started, tied_folder, name):
    assert program._front([str(tied_folder / name)]) == 0
    assert started == [tied_folder / name]


@pytest.mark.parametrize("arguments", [["models"], ["nowhere"], ["--help"], ["inspect", "models"]])
def test_what_is_a_command_or_nothing_is_the_command_lines(started, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()  # a command has its name
    program._front(arguments)
    assert started == ["command line"]


def test_without_a_screen_it_says_what_to_type(started, tied_folder, monkeypatch, capsys):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert program._front([os.fspath(tied_folder)]) == 2
    assert started == []
    assert f"mlx-ferry inspect {tied_folder}" in capsys.readouterr().err
