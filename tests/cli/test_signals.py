"""Signals at any moment: no traceback, no unfinished file, the exit code of the signal."""

import os
import random
import select
import signal
import subprocess
import time

import pytest

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HOW_MANY = 24  # some hundreds were sent once
# Says when signals are awaited; what comes before is Python's own start.
STARTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background of a script ignores it
import app.__main__ as program
end_on_signals = program.end_on_signals
program.end_on_signals = lambda: (end_on_signals(), os.write(1, b"started"))
sys.exit(program.main())
"""


def wait_for_start(process):
    readable, _, _ = select.select([process.stdout], [], [], 20)
    assert readable
    assert os.read(process.stdout.fileno(), 7) == b"started"


@pytest.fixture
def begin(model, tmp_path, start):
    """A function that starts a conversion and waits for its first line."""
    (tmp_path / "out").mkdir()

    def begin(*more, code=STARTED, **how):
        where = ["-o", tmp_path / "out" / "x.gguf", "--report", tmp_path / "out" / "r.json", "--overwrite"]
        process = start("convert", model, *where, *more, code=code, **how)
        wait_for_start(process)
        return process

    return begin


def expect_end(process, code, tmp_path):
    _, err = process.communicate(timeout=20)
    assert process.returncode == code, err
    assert err == ("Cancelled; nothing unfinished was left behind.\n" if code == 130 else "")
    assert not list((tmp_path / "out").glob("*.part"))


def test_signals_at_random_moments(begin, tmp_path):
    started = time.monotonic()
    process = begin()
    expect_end(process, 0, tmp_path)
    whole = time.monotonic() - started
    draw = random.Random(5)
    for _ in range(HOW_MANY):
        process, numbers = begin(), [draw.choice(SIGNALS) for _ in range(draw.choice([1, 1, 2]))]
        time.sleep(draw.uniform(0, whole))
        for number in numbers:
            process.send_signal(number)
        _, err = process.communicate(timeout=20)
        assert process.returncode in (0, *(128 + number for number in numbers))
        assert err in ("", "Cancelled; nothing unfinished was left behind.\n")
        assert not list((tmp_path / "out").glob("*.part"))


@pytest.mark.usefixtures("no_template")
def test_a_divided_file_is_there_whole_or_not_at_all(begin, tmp_path):
    """Parts get their names together: after a signal there are all of them, or those of before."""
    started = time.monotonic()
    expect_end(begin("--split-max-size", "1M"), 0, tmp_path)
    whole = time.monotonic() - started
    parts = {path.name for path in (tmp_path / "out").glob("*.gguf")}
    assert len(parts) > 1
    draw = random.Random(6)
    for place in range(HOW_MANY // 6):
        for path in (tmp_path / "out").iterdir():
            path.unlink()
        process = begin("--split-max-size", "1M")
        time.sleep(draw.uniform(0.4, 1) * whole if place else 0)  # most of the time is the program's start
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode in (0, 128 + signal.SIGTERM)
        assert {path.name for path in (tmp_path / "out").glob("*.gguf")} in (set(), parts)
        assert not list((tmp_path / "out").glob("*.part"))


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_in_the_first_moment(number, begin, tmp_path):
    process = begin()
    process.send_signal(number)
    expect_end(process, 128 + number, tmp_path)


# Each stands still at one place until the signal has come, and says when it is there.
PLACES = {
    "the part file is made": ("part_file", "_lock"),
    "it is removed": ("part_file", "_remove"),
    "it gets its name": ("part_file", "refuse_existing"),
    "bytes go to the disk": ("part_file", "_flushing"),
}
STOPS = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from app.core.convert import part_file as module
real = module.{name}
def stand_still(*arguments):
    os.write(1, b"started")
    for _ in range(30):
        time.sleep(0.01)
    return real(*arguments)
module.{name} = stand_still
{more}
from app.__main__ import main
sys.exit(main())
"""
FAILS = "import app.core.convert.converter as c; c.check_size = lambda *_: 1 / 0"


@pytest.mark.usefixtures("no_template")
@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("place", PLACES)
def test_a_signal_at_each_step(place, number, second, begin, tmp_path):
    name = PLACES[place][1]
    process = begin(code=STOPS.format(name=name, more=FAILS if name == "_remove" else ""))
    process.send_signal(number)
    if second:
        time.sleep(0.005)
        process.send_signal(number)
    expect_end(process, 128 + number, tmp_path)


@pytest.mark.usefixtures("no_template")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_that_was_switched_off_stays_so(number, begin, tmp_path):
    """As by nohup, or for a job in the background of a script."""
    code = STARTED.replace(
        "signal.signal(signal.SIGINT, signal.default_int_handler)", f"signal.signal({int(number)}, signal.SIG_IGN)"
    )
    process = begin(code=code)
    process.send_signal(number)
    expect_end(process, 0, tmp_path)
    assert (tmp_path / "out" / "x.gguf").exists()


WAITS = """
import os, sys, time
import app.cli.commands as commands
commands.convert_all = lambda *_, **__: (os.write(2, b"here"), [time.sleep(0.01) for _ in range(2000)])
from app.__main__ import main
sys.exit(main())
"""


def test_the_sample_leaves_no_empty_folder(tmp_path, start):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = start("--sample", code=f"import os; os.environ['TMPDIR'] = {str(temporary)!r}\n{WAITS}")
    assert process.stderr.read(4) == "here"
    assert list(temporary.iterdir())
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143
    assert not list(temporary.iterdir())


WINDOW = """
import os, signal, sys
os.environ.update(QT_QPA_PLATFORM="offscreen", HOME=sys.argv[1])
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from PySide6.QtCore import QTimer
from app.ui import application, session
from app.ui.queue import queue_work
from app.core.convert import part_file
import time
folder, target = Path(sys.argv[2]), Path(sys.argv[3])
sys.argv[1:] = []
real = application.Application.show_window
def show(self, window):
    real(self, window)
    if target.name == "idle":
        QTimer.singleShot(0, lambda: os.write(1, b"started"))
        return
    queue_work.convert_all = slow(queue_work.convert_all)
    later = lambda: QTimer.singleShot(0, window.workbench.converting.convert)
    window.workbench.session.state_changed.connect(lambda state: state is session.State.READY and later())
    window.workbench.session.folder_changed.connect(lambda _: window.workbench.converting.set_destination(target))
    window.open_folder(folder)
def slow(real):
    def convert(orders, *, on_progress, **how):
        told = []
        def report(progress):
            if not told:
                told.append(os.write(1, b"started"))
            time.sleep(5)
        return real(orders, on_progress=report, **how)
    return convert
application.Application.show_window = show
from app.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("name", ["idle", "x.gguf"])
@pytest.mark.parametrize("number", SIGNALS)
def test_the_window(number, name, model, tmp_path, start):
    """It has no Python to run while it waits for a click, and writes from another thread."""
    (tmp_path / "out").mkdir()
    process = start(tmp_path, model, tmp_path / "out" / name, code=WINDOW, stderr=subprocess.PIPE)
    wait_for_start(process)
    assert bool(list((tmp_path / "out").glob("*.part"))) == (name != "idle")
    process.send_signal(number)
    expect_end(process, 128 + number, tmp_path)
    assert not list((tmp_path / "out").iterdir())
