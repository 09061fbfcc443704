"""The log, and what a session that crashed leaves to the next one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import app
from app import __version__
from app.ui import session_log
from app.ui.session_log import LOG, SessionLog, logger

SESSION = """
import sys
from pathlib import Path
from app.ui.session_log import SessionLog, logger
log = SessionLog(Path(sys.argv[1]))
log.begin()
logger.error("%s", "something")
"""
CRASHES = SESSION + "import faulthandler\nfaulthandler._sigsegv()"
KILLED = SESSION + "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
ENDS = SESSION + "log.end()"


def session(code, folder):
    run = [sys.executable, "-c", code, str(folder)]
    return subprocess.run(run, cwd=Path(app.__file__).parents[1], capture_output=True, check=False).returncode


@pytest.fixture
def log(tmp_path, monkeypatch):
    """The next session, in this process; pytest's own faulthandler stays."""
    monkeypatch.setattr("faulthandler.enable", lambda _: None)
    monkeypatch.setattr("faulthandler.disable", lambda: None)
    log = SessionLog(tmp_path / "logs")
    yield log
    log.end()


def names(log):
    return sorted(path.name for path in log.folder.iterdir())


def test_an_orderly_session_leaves_its_log_alone(log):
    assert session(ENDS, log.folder) == 0
    assert names(log) == [LOG]
    said = (log.folder / LOG).read_text(encoding="utf-8")
    assert f"Started: MLX Ferry {__version__}" in said
    assert "ERROR something" in said
    assert said.endswith("Ended\n")


def test_a_crash_is_told_to_the_next_session_and_only_to_that(log):
    assert session(CRASHES, log.folder) < 0
    log.begin()
    assert log.crash.startswith(f"MLX Ferry {__version__}")
    assert "Segmentation fault" in log.crash
    assert "most recent call first" in log.crash
    (kept,) = log.folder.glob("crash-*.txt")
    assert kept.read_text(encoding="utf-8").strip() == log.crash
    log.end()
    again = SessionLog(log.folder)
    again.begin()
    again.end()
    assert again.crash == ""


def test_whoever_was_killed_has_nothing_to_tell(log):
    session(KILLED, log.folder)
    log.begin()
    assert log.crash == ""
    assert list(log.folder.glob("crash-*")) == []
    assert [path.name for path in log.folder.glob("running-*")] == [f"running-{os.getpid()}.txt"]


def test_a_session_that_still_runs_is_left_alone(log):
    log.folder.mkdir()
    other = log.folder / f"running-{os.getppid()}.txt"
    other.write_text("MLX Ferry\nFatal Python error\n", encoding="utf-8")
    log.begin()
    assert log.crash == ""
    assert other.exists()


def test_only_the_last_crashes_are_kept(log):
    log.folder.mkdir()
    for number in range(15):
        (log.folder / f"crash-2026-01-{number:02}.txt").write_text("old", encoding="utf-8")
    log.begin()
    kept = sorted(path.name for path in log.folder.glob("crash-*"))
    assert (len(kept), kept[-1]) == (session_log.MOST_CRASHES, "crash-2026-01-14.txt")


def test_without_a_place_to_write_there_is_no_log_and_no_error(tmp_path):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    log = SessionLog(tmp_path / "file" / "logs")
    log.begin()
    log.end()
    assert log.crash == ""
    assert logger.handlers == []


WINDOW = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.ui import application
from app.ui.widgets import failure

def show(window, report):
    print(window.isVisible(), report)
    QTimer.singleShot(0, lambda: 1 / 0)
    QTimer.singleShot(100, QApplication.quit)

failure.show_crash = show
application.run()
"""


def test_the_window_tells_of_a_crash_and_logs_its_own_errors(tmp_path):
    place = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    environment = os.environ | place | {"QT_QPA_PLATFORM": "offscreen"}
    folder = tmp_path / "Library/Logs/MLX Ferry" if sys.platform == "darwin" else tmp_path / "mlx-ferry"
    assert session(CRASHES, folder) < 0
    done = subprocess.run(
        [sys.executable, "-c", WINDOW],
        cwd=Path(app.__file__).parents[1],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.startswith(f"True MLX Ferry {__version__}")
    assert "Segmentation fault" in done.stdout
    said = (folder / LOG).read_text(encoding="utf-8")
    assert "ZeroDivisionError" in said
    assert said.endswith("Ended\n")
    assert list(folder.glob("running-*")) == []
