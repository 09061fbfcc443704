"""The program as others see it: signals, closed pipes, terminals, names that are no text."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.core.sandbox.hostile_templates import ENDLESS
from tests.core.sandbox.processes import TOLERANCE, children_of, is_there, wait_until

ROOT = Path(__file__).parents[2]
# Real conversions of tiny models are over before a signal arrives.
SLOW = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background of a script ignores it
from app.core.progress import Meter
advance = Meter.advance
Meter.advance = lambda *arguments: (time.sleep(0.05), advance(*arguments))
from app.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [(signal.SIGINT, 130, "Cancelled; nothing unfinished was left behind.\n"), (signal.SIGTERM, 143, "")],
)
def test_a_signal_in_the_middle_leaves_nothing(number, code, words, model, tmp_path, start):
    target = tmp_path / "model.gguf"
    process = start("convert", model, "-o", target, code=SLOW)
    part = tmp_path / "model.gguf.part"
    while not (part.exists() and part.stat().st_size) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (code, "", words)
    assert {path.name for path in tmp_path.iterdir()} == {"cwd", model.name}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["inspect"], ["inspect", "--json"]])
def test_a_pipe_that_nobody_reads(arguments, model, start):
    """As in `| head -1`, at its worst."""
    reading, writing = os.pipe()
    os.close(reading)
    process = start(*arguments, *([model] if "inspect" in arguments else []), stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=20)
    assert err == ""
    assert process.returncode in (0, 1)


def test_an_error_is_one_line_and_a_hint(tmp_path, start):
    process = start("convert", tmp_path)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("mlx-ferry: ")
    assert "Traceback" not in err


@pytest.mark.usefixtures("no_template")
@pytest.mark.parametrize("columns", [50, 120, 0])
@pytest.mark.parametrize("stdout", [subprocess.PIPE, "terminal"])
def test_a_bar_on_a_terminal(columns, stdout, model, tmp_path, start):
    pty = pytest.importorskip("pty")
    termios = pytest.importorskip("termios")
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    to = theirs if stdout == "terminal" else stdout
    process = start("convert", model, "-o", tmp_path / "x.gguf", stdout=to, stderr=theirs)
    out, _ = process.communicate(timeout=20)
    drawn = os.read(ours, 1 << 16).decode()
    os.close(theirs)
    os.close(ours)
    assert process.returncode == 0
    assert "\rConverting ██" in drawn
    bars = [piece for piece in drawn.split("\r") if piece.startswith(("Converting", "   "))]
    assert {len(bar) for bar in bars} == {(columns or 80) - 1}
    if stdout != "terminal":
        assert "\r" not in out
        assert "Wrote " in out


def test_no_bar_elsewhere(model, tmp_path, start):
    process = start("convert", model, "-o", tmp_path / "x.gguf", "--report", tmp_path / "report.json")
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")


@pytest.mark.skipif(sys.platform == "darwin", reason="names are text there")
@pytest.mark.parametrize("arguments", [["inspect"], ["convert"], ["convert", "--json"], ["convert", "--report=r.json"]])
def test_a_folder_whose_name_is_no_text(arguments, model, tmp_path, start):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    model.rename(folder)
    arguments = [argument.replace("r.json", str(tmp_path / "r.json")) for argument in arguments]
    process = start(*arguments, folder)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert len(list(tmp_path.glob("caf*.gguf"))) == ("convert" in arguments)
    if "--json" in arguments:
        assert json.loads(out)["model"] == "caf?"


def test_a_terminal_that_cannot_show_every_letter(model, start):
    process = start("inspect", model, encoding="ascii")
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert "tiny-tied" in out


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["INT", "TERM", "HUP"]
)
def test_a_signal_does_not_wait_for_children(number, code, model, start):
    """A template that never ends is tried for ten seconds."""
    (model / "chat_template.jinja").write_text(ENDLESS)
    process = start("inspect", model, code=SLOW)
    (child,) = wait_until(lambda: children_of(process.pid))
    time.sleep(0.5)  # until it is at work
    began = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == code
    assert time.monotonic() - began < 4
    wait_until(lambda: not is_there(child), seconds=TOLERANCE)  # the system may be slow to bury an orphan


def test_threads_of_numpy_do_not_compete_with_ours(start):
    """On busy cores those of OpenBLAS made adding an adapter take five times as long."""
    asked = "import sys, app.__main__, os; print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
    out, err = start(code=asked).communicate(timeout=60)
    assert (out, err) == ("1 False\n", "")
