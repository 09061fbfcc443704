"""A folder to write beside, and the command line, run in this process or in one of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import main
from tests.remembered_engines import remembered_engines

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def engines_are_asked_once():
    """What the command line says of their answers is tested here."""
    with remembered_engines():
        yield


@pytest.fixture(autouse=True)
def may_hang_up():
    """As a shell starts programs; the tests themselves may run under nohup, whose children ignore SIGHUP."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def model(tied_folder, copy_folder):
    """A model folder that a file may be written beside."""
    return copy_folder(tied_folder)


@pytest.fixture
def no_template(model):
    """Takes the template from `model`, for tests that try no child, which would take a fifth of the time."""
    (model / "chat_template.jinja").unlink()


@pytest.fixture
def run(capsys):
    """A function that runs the command line here: arguments → (exit code, stdout, stderr)."""

    def run(*arguments):
        code: object
        try:
            code = main(list(map(str, arguments)))
        except SystemExit as end:  # argparse leaves this way
            code = end.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def start(tmp_path):
    """A function that starts the program in an empty folder, as a shell with a UTF-8 locale does."""
    (tmp_path / "cwd").mkdir()
    others = ("PYTHON", "QT_", "DISPLAY", "WAYLAND_DISPLAY")  # with a display the window would open
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(others)}

    def start(*arguments, code=None, encoding="utf-8", **how):
        program = ["-m", "app"] if code is None else ["-c", code]
        environment = {**inherited, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        command = [sys.executable, *program, *map(str, arguments)]
        return subprocess.Popen(command, cwd=tmp_path / "cwd", env=environment, encoding="utf-8", **how)

    return start
