"""`mlx-ferry FOLDER` opens the window with the folder, soon; a command stays a command."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import __main__ as program
from app import cli
from app.ui import application


@pytest.fixture
def started(monkeypatch):
    """What was started: the window with a folder, or the command line."""
    started: list[object] = []

    def run(folder=None, with_sample=False):
        assert not gc.isenabled()  # until the window stands
        started.append(folder)
        return 0

    def main():
        started.append("command line")
        return 0

    monkeypatch.setattr(application, "run", run)
    monkeypatch.setattr(cli, "main", main)
    yield started
    gc.enable()


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


IMPORTED = """
import sys
import app.ui.application
print(*sys.modules, sep="\\n")
"""
# What converts, proves and tries takes seconds to import, and families a tenth of one
LATER = {"mlx", "mlx_lm", "tokenizers", "transformers", "xllamacpp", "jinja2", "app.core.architectures.families"}


def test_the_window_waits_for_nothing_that_it_does_not_need():
    root = Path(__file__).parents[2]
    child = subprocess.run([sys.executable, "-c", IMPORTED], cwd=root, capture_output=True, text=True, check=True)
    assert LATER.isdisjoint(child.stdout.split())


def test_garbage_is_looked_for_again_once_the_window_stands():
    frozen, interval = gc.get_freeze_count(), sys.getswitchinterval()
    gc.disable()
    try:
        application.keep_pauses_short()
        assert gc.isenabled()
        assert gc.get_freeze_count() > frozen
        assert sys.getswitchinterval() < interval
    finally:
        gc.unfreeze()
        gc.enable()
        sys.setswitchinterval(interval)
