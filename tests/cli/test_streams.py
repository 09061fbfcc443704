"""Standard streams that are closed, full or cut off: no traceback, and no conversion is lost for want of one."""

import io
import json
import os
from pathlib import Path

import pytest

from app.cli.progress_bar import ProgressBar
from app.core.progress import Progress, Stage

FULL = Path("/dev/full")
LOST = "mlx-ferry: Standard output cannot be written: "


@pytest.fixture
def run_with(start):
    """A function: arguments, what to do to descriptors 1 and 2 → exit code, stdout, stderr."""

    def run_with(*arguments, closed=(), full=()):
        if full and not FULL.exists():
            pytest.skip("no /dev/full here")

        def prepare():
            for number in full:
                os.dup2(os.open(FULL, os.O_WRONLY), number)
            for number in closed:
                os.close(number)

        process = start(*arguments, preexec_fn=prepare)
        out, err = process.communicate(timeout=20)
        return process.returncode, out, err

    return run_with


@pytest.mark.parametrize("how", [{"closed": [1]}, {"full": [1]}])
def test_a_conversion_without_stdout(how, model, tmp_path, run_with):
    target = tmp_path / "x.gguf"
    code, out, err = run_with("convert", model, "-o", target, **how)
    assert (code, out) == (0, "")
    assert err.startswith(LOST)
    assert err.endswith(f"\n  {target} is complete.\n")
    expect_whole(target)


@pytest.mark.parametrize(
    "how",
    [{"closed": [2]}, {"full": [2]}, {"closed": [0, 2]}, {"closed": [1, 2]}, {"closed": [0, 1, 2]}, {"full": [1, 2]}],
)
def test_a_conversion_without_stderr(how, model, tmp_path, run_with):
    target = tmp_path / "x.gguf"
    report = tmp_path / "report.json"
    code, out, err = run_with("convert", model, "-o", target, "--report", report, **how)
    assert (code, err) == (0, "")
    assert (f"Wrote {target} " in out) == (1 not in [*how.get("closed", []), *how.get("full", [])])
    expect_whole(target)
    assert json.loads(report.read_text())["file"]["byte_count"] == target.stat().st_size


def expect_whole(target):
    """Nothing was printed into it, and nothing lies beside it."""
    data = target.read_bytes()
    assert data.startswith(b"GGUF")
    assert b"is complete" not in data
    assert b"Wrote" not in data
    assert not list(target.parent.glob("*.part"))


@pytest.mark.parametrize("how", [{"closed": [1]}, {"full": [1]}])
@pytest.mark.parametrize(
    "arguments",
    [["inspect"], ["inspect", "--json"], ["architectures"], ["--help"], ["convert", "--help"], ["--version"], []],
)
def test_output_that_was_wanted_and_is_lost_is_an_error(arguments, how, model, run_with):
    arguments = [*arguments, *([model] if "inspect" in arguments else [])]
    code, out, err = run_with(*arguments, **how)
    assert (code, out) == (1, "")
    assert err.startswith(LOST)
    assert len(err.splitlines()) == 2


@pytest.mark.parametrize("how", [{"closed": [1]}, {"full": [1]}])
def test_json_that_is_lost_is_an_error_and_the_file_is_there(how, model, tmp_path, run_with):
    code, _, err = run_with("convert", model, "-o", tmp_path / "x.gguf", "--json", **how)
    assert code == 1
    assert err.startswith(LOST)
    assert err.endswith(f"{tmp_path / 'x.gguf'} is complete.\n")
    expect_whole(tmp_path / "x.gguf")


def test_a_report_that_fails_at_the_end_does_not_hide_the_file(model, tmp_path, start):
    report = tmp_path / "r.json"
    process = start("convert", model, "-o", tmp_path / "x.gguf", "--report", report, code=APPEARS)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert err.startswith(f"mlx-ferry: {report} already exists.\n")
    assert err.endswith(f"{tmp_path / 'x.gguf'} is complete.\n")
    assert report.read_text() == "precious"


# The report's name is taken while the model is converted.
APPEARS = """
import sys
from pathlib import Path
from app.cli import commands
real = commands.convert_all
commands.convert_all = lambda *a, **k: (real(*a, **k), Path(sys.argv[-1]).write_text("precious"))[0]
from app.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("how", [{"closed": [2]}, {"full": [2]}, {"closed": [0, 1, 2]}])
@pytest.mark.parametrize(("arguments", "code"), [(["inspect", "nowhere"], 1), (["guess"], 2), (["convert"], 2)])
def test_errors_that_cannot_be_told(arguments, code, how, run_with):
    assert run_with(*arguments, **how) == (code, "", "")


def test_a_conversion_whose_words_nobody_reads(model, tmp_path, start):
    reading, writing = os.pipe()
    os.close(reading)
    process = start("convert", model, "-o", tmp_path / "x.gguf", stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    expect_whole(tmp_path / "x.gguf")


class LostTerminal(io.StringIO):
    def isatty(self):
        return True

    def write(self, _):
        raise OSError(5, "Input/output error")


def test_a_terminal_that_goes_away():
    bar = ProgressBar(stream=LostTerminal())
    for done in (1, 100):
        bar(Progress(Stage.CONVERT, done, 100, "x", 1.0))
    bar.close()


@pytest.mark.parametrize("closed", [[0], [1], [0, 1, 2]])
def test_the_child_of_the_sandbox_without_streams(closed, run_with):
    assert run_with("--sandbox", closed=closed) == (1, "", "")


# As a frozen app without a terminal: PyInstaller sets both to None.
WINDOW = """
import sys
sys.argv[1:] = []
sys.stdout = sys.stderr = None
from app.ui import application
from PySide6.QtCore import QTimer
def fail():
    QTimer.singleShot(300, lambda: application.QApplication.instance().exit(7))
    raise ZeroDivisionError("a bug in a slot")
real = application.Application.show_window
def show(self, window):
    real(self, window)
    QTimer.singleShot(0, fail)
application.Application.show_window = show
from app.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("closed", [(), (0, 1, 2)])
def test_the_window_without_streams(closed, start, tmp_path):
    environment = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)}
    settled = f"import os; os.environ.update({environment!r})\n{WINDOW}"
    process = start(code=settled, preexec_fn=lambda: list(map(os.close, closed)))
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (7, "")
    assert "Traceback" not in err or not closed


@pytest.mark.parametrize("option", ["-o", "--report"])
def test_a_dash_is_no_file(option, model, tmp_path, start):
    process = start("convert", model, option, "-")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "MLX Ferry writes files, not to standard output" in err
    assert not list((tmp_path / "cwd").iterdir())
    assert not list(tmp_path.glob("*.gguf"))


@pytest.mark.parametrize("arguments", [["-o", ""], ["--report", ""], ["--imatrix", ""], ["--tensor-types", ""], [""]])
def test_an_empty_name_is_no_folder(arguments, model, tmp_path, start):
    """As `-o "$TARGET"` gives it where nobody has set TARGET."""
    process = start("convert", *([model] if arguments != [""] else []), *arguments)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert err.endswith("the name is empty\n")
    assert not list((tmp_path / "cwd").iterdir())
    assert not list(tmp_path.glob("*.gguf"))


def test_the_report_cannot_replace_the_model(model, tmp_path, start):
    (tmp_path / "link").symlink_to(tmp_path)
    report = tmp_path / "link" / "x.gguf"
    process = start("convert", model, "-o", tmp_path / "x.gguf", "--report", report, "--overwrite")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "cannot be both the model and the report" in err
    assert not (tmp_path / "x.gguf").exists()
