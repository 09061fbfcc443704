"""How quick the window is: start until it is visible, a table of 45,000 rows, the longest pause while converting.

    python benchmarks/window.py FOLDER

FOLDER is a model folder of at least 1 GB (benchmarks/convert.py --make makes one). Runs offscreen unless
QT_QPA_PLATFORM says otherwise.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
TIMER_MILLISECONDS = 10
ROWS, FRAMES = 45_000, 100

START = """
import sys, time
from PySide6.QtCore import QTimer
from app.ui.application import Application
from app.ui.main_window import MainWindow
from app.ui.settings import Settings
application = Application(sys.argv[:1])
window = MainWindow(Settings())
application.show_window(window)
QTimer.singleShot(0, application.quit)
application.exec()
"""


def start_seconds() -> float:
    """A whole process, until the event loop has painted the window."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", START], check=True, cwd=ROOT, capture_output=True)
    return time.perf_counter() - started


def table_seconds(application, folder: Path) -> tuple[float, float, float]:
    """A table of 45,000 rows until painted, sorted by bytes, and the longest frame while it is scrolled."""
    from PySide6.QtCore import Qt

    from app.core.checkpoint import open_checkpoint
    from app.core.model.identify import identify
    from app.core.plan import Prepared
    from app.ui.table.tensor_table import TensorTable

    plan = Prepared(identify(open_checkpoint(folder))).plan()
    tensors = [
        replace(plan.tensors[n % len(plan.tensors)], name=f"blk.{n // 400}.{n % 400}.weight") for n in range(ROWS)
    ]
    plan = replace(plan, tensors=tuple(tensors))
    table = TensorTable()
    table.resize(900, 600)
    table.show()
    started = time.perf_counter()
    table.set_plan(plan)
    application.processEvents()
    table.grab()
    opened = time.perf_counter()
    table.view.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    table.grab()
    return opened - started, time.perf_counter() - opened, longest_frame(table.view)


def longest_frame(view) -> float:
    """From the top to the bottom."""
    bar, longest = view.verticalScrollBar(), 0.0
    for step in range(FRAMES):
        started = time.perf_counter()
        bar.setValue(bar.maximum() * step // FRAMES)
        view.viewport().repaint()
        longest = max(longest, time.perf_counter() - started)
    return longest


def longest_pause(application, folder: Path, target: Path) -> tuple[float, float]:
    """The longest time between two ticks of a 10 ms timer, while looking and while converting."""
    from PySide6.QtCore import QSettings, QTimer

    from app.ui.main_window import MainWindow
    from app.ui.session import State
    from app.ui.settings import Settings

    window = MainWindow(Settings(QSettings(str(target.with_suffix(".ini")), QSettings.Format.IniFormat)))
    window.show()
    ticks: list[float] = []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start(TIMER_MILLISECONDS)

    def pause_until(is_over) -> float:
        application.processEvents()
        ticks.clear()
        while not is_over():
            application.processEvents()
            time.sleep(0.001)
        return max((b - a for a, b in itertools.pairwise(ticks)), default=0.0)

    window.open_folder(folder)
    looking = pause_until(lambda: window._session.state is State.READY)
    window.converting.set_destination(target)
    window.converting.convert()
    converting = pause_until(lambda: not window.queue.is_busy)
    window.close()
    return looking, converting


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    print(f"start to visible window     {min(start_seconds() for _ in range(3)):.2f} s (wanted under 1.5)")
    from app.ui.application import Application

    application = Application(sys.argv[:1])
    opened, ordered, frame = table_seconds(application, folder)
    print(f"table of {ROWS:,} rows        {opened:.2f} s (wanted under 1.5), sorted in {ordered:.2f} s")
    print(f"longest frame, scrolling    {1000 * frame:.0f} ms")
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        looking, converting = longest_pause(application, folder, Path(scratch) / "file.gguf")
    print(f"longest pause, looking      {1000 * looking:.0f} ms")
    print(f"longest pause, converting   {1000 * converting:.0f} ms (wanted under 100)")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
