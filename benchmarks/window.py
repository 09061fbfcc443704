"""How quick the window is: its start, a table of 45,000 rows, and how long it stands still while something goes on.

    python benchmarks/window.py FOLDER

FOLDER is a model folder of at least 1 GB with a large vocabulary (benchmarks/convert.py --make makes one). Runs
offscreen unless QT_QPA_PLATFORM says otherwise, with settings and a list of 500 models of its own. Waits are what a
person sees: they count whatever else the machine does.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
TIMER_MILLISECONDS = 10
ROWS, FRAMES, MODELS = 45_000, 100, 500
NOT_LONGER = 50  # milliseconds

START = """
import gc, sys, time
gc.disable()
from app.ui import application
from PySide6.QtCore import QTimer
show_window = application.Application.show_window
def stands():
    print(time.perf_counter())
    sys.path.insert(0, "benchmarks")
    from window import Watch
    shown = application.Application.instance().window
    longest = Watch().until(lambda: shown._workbench is not None)
    print(time.perf_counter())
    print(longest)
    application.Application.instance().quit()
def show_and_end(self, window):
    show_window(self, window)
    QTimer.singleShot(0, stands)
application.Application.show_window = show_and_end
application.run()
"""  # as app/__main__.py has it


def start_seconds(scratch: Path) -> tuple[float, float, float]:
    """From nothing until the event loop has painted the window, and until all works in it; the longest pause meanwhile.

    Compiled before, as it is where it is installed.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(scratch / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    child = subprocess.run([sys.executable, "-c", START], check=True, cwd=ROOT, env=environment, capture_output=True)
    seen, furnished, pause = map(float, child.stdout.split())
    return seen - started, furnished - started, pause  # one clock for all processes


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


class Watch:
    """The longest time between two ticks of a timer, which the event loop has to serve."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._last = self._longest = 0.0
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=TIMER_MILLISECONDS)
        self._timer.timeout.connect(self._tick)

    def _tick(self) -> None:
        now = time.perf_counter()
        self._longest, self._last = max(self._longest, now - self._last), now

    def until(self, is_over: Callable[[], bool]) -> float:
        """Seconds. What was begun before is not counted, what is begun by whoever called is."""
        from PySide6.QtCore import QEventLoop, QTimer

        self._last, self._longest = time.perf_counter(), 0.0
        self._timer.start()
        while not is_over():
            loop = QEventLoop()
            QTimer.singleShot(TIMER_MILLISECONDS, loop.quit)
            loop.exec()
        self._timer.stop()
        return self._longest

    def during(self, seconds: float) -> float:
        """The same for a time."""
        end = time.perf_counter() + seconds
        return self.until(lambda: time.perf_counter() > end)


def pauses(application, folder: Path, scratch: Path) -> dict[str, float]:
    """The longest pauses in seconds, by what went on."""
    from PySide6.QtCore import QSettings

    from app.core.ggml_types import OutputType
    from app.ui.application import keep_pauses_short
    from app.ui.history.store import History
    from app.ui.main_window import MainWindow
    from app.ui.page.detail import Detail
    from app.ui.session import State
    from app.ui.settings import Settings

    window, watch = MainWindow(Settings(), History(scratch / "history.json")), Watch()
    application.show_window(window)
    keep_pauses_short()
    session, scanning, table = window.workbench.session, window.workbench.library.scanning, window.workbench.page.table
    watch.until(lambda: scanning._job is None)
    watch.during(1)
    scanning.start()
    found = {"listing 500 models": watch.until(lambda: scanning._job is None)}
    window.open_folder(folder)
    found["looking"] = watch.until(lambda: session.state is State.READY and not session.is_working)
    found["looking"] = max(found["looking"], watch.during(0.3))
    session.choose(output_type=OutputType.F16)
    found["choosing a format"] = watch.during(0.5)
    session.choose(name="another")
    found["planning anew"] = watch.until(lambda: not session.is_working)
    window.workbench.navigation.show_detail(Detail.TENSORS)
    found["opening the tensors"] = watch.during(0.5)
    table.view.expandAll()
    indexes = iter([table.model.index(row, 0) for row in range(table.model.rowCount())])
    inspecting = window.workbench.page.tensors.inspecting

    def go_on() -> bool:
        """Whether the conversion is over; until then models are listed and one tensor after the other is looked at."""
        scanning.start()
        if inspecting._job is None and not inspecting._rest.isActive() and (index := next(indexes, None)) is not None:
            table.view.setCurrentIndex(index)
        return not window.workbench.queue.is_busy

    window.workbench.converting.set_destination(scratch / "file.gguf")
    window.workbench.converting.convert()
    found["beginning to convert"] = watch.during(0.5)
    found["converting, inspecting and listing at once"] = watch.until(go_on)
    window.close()
    QSettings().sync()  # else they are written when the folder is gone
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.absolute()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from models_here import make_home

    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        scratch = Path(name)
        make_home(scratch, MODELS)
        os.environ["HOME"] = os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_DATA_HOME"] = name
        start_seconds(scratch)
        seen, furnished, pause = map(min, zip(*(start_seconds(scratch) for _ in range(5)), strict=True))
        print(f"start to visible window     {seen:.2f} s (wanted: 0.5), to one in which all works {furnished:.2f} s")
        print(f"longest pause between them  {1000 * pause:.0f} ms")
        from app.ui.application import Application

        application = Application(sys.argv[:1])
        opened, ordered, frame = table_seconds(application, folder)
        print(f"table of {ROWS:,} rows        {opened:.2f} s (wanted: 1), sorted in {ordered:.2f} s")
        print(f"longest frame, scrolling    {1000 * frame:.0f} ms")
        print(f"longest pauses (wanted below {NOT_LONGER} ms)")
        for what, seconds in pauses(application, folder, scratch).items():
            print(f"  {what:<44}{1000 * seconds:4.0f} ms")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
