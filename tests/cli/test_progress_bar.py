"""One line, redrawn on a terminal, silent elsewhere."""

import io

import pytest

from app.cli.progress_bar import ProgressBar, progress_line
from app.core.language import english
from app.core.progress import Progress, Stage


class Terminal(io.StringIO):
    def isatty(self):
        return True


def progress(done, total=1_000_000, rate=250_000.0):
    left = (total - done) / rate if rate else None
    return Progress(Stage.CONVERT, done, total, "blk.0.attn_q.weight", rate, left)


@pytest.mark.parametrize("width", [0, 1, 20, 79, 200])
@pytest.mark.parametrize("done", [0, 1, 333_333, 1_000_000])
def test_a_line_has_exactly_the_width(done, width):
    assert len(progress_line(progress(done), width, english())) == width


def test_a_line_says_how_far_and_how_long():
    line = progress_line(progress(500_000), 120, english()).rstrip()
    bar = "█" * 12 + "░" * 12
    assert line == f"Converting {bar}  50%  500 KB of 1.00 MB  250 KB/s  2.0 s left  blk.0.attn_q.weight"


def test_a_line_before_anything_is_known():
    assert "left" not in progress_line(progress(0, rate=0.0), 120, english())
    assert "100%" in progress_line(progress(0, total=0), 120, english())


def test_draws_ten_times_a_second_and_the_end(clock):
    terminal = Terminal()
    bar = ProgressBar(stream=terminal)
    for done in range(1, 101):
        bar(progress(done * 10_000))
        clock(0.0101)
    assert 10 <= terminal.getvalue().count("\r") <= 11
    assert terminal.getvalue().split("\r")[-1].startswith(f"Converting {'█' * 24} 100%")


def test_close_takes_the_line_away(clock):
    terminal = Terminal()
    bar = ProgressBar(stream=terminal)
    bar(progress(1))
    line = terminal.getvalue()
    bar.close()
    assert terminal.getvalue() == line + "\r" + " " * len(line.strip("\r")) + "\r"


@pytest.mark.parametrize("bar", [ProgressBar(stream=io.StringIO()), ProgressBar(False, Terminal())])
def test_silent_elsewhere(bar):
    bar(progress(1_000_000))
    bar.close()
    assert bar._stream.getvalue() == ""


def test_close_without_a_line_writes_nothing():
    terminal = Terminal()
    ProgressBar(stream=terminal).close()
    assert terminal.getvalue() == ""
