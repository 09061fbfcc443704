"""A seeded monkey: random clicks, keys, drops and choices for a while; nothing may break, leak or grow.

MONKEY_SECONDS=3600 for a long run by hand, with `-o faulthandler_timeout=0`: the suite ends a test after ten minutes.
"""

import gc
import os
import random
import threading
import time
import tracemalloc
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QFileDialog

from app.core.plan import HeadChoice
from app.core.weights.mlx_thread import compute
from app.ui.session import State
from app.ui.sources.source_model import ROW_ROLE
from tests.ui.driving import DEADLINE, drag, drop

SECONDS = float(os.environ.get("MONKEY_SECONDS", "15"))
KEYS = [
    getattr(Qt.Key, f"Key_{name}") for name in ("Tab", "Space", "Return", "Escape", "Down", "Up", "A", "Q", "Delete")
]
MODIFIERS = [Qt.KeyboardModifier.NoModifier] * 4 + [Qt.KeyboardModifier.ControlModifier]
FORBIDDEN = {(Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)}  # quits
MEGABYTES_ALLOWED = 30
MOST_ITEMS = 6  # in the queue


class Monkey:
    def __init__(self, window, folders, scratch, seed):
        self.window, self.folders, self.scratch = window, folders, scratch
        self.random = random.Random(seed)

    def act(self):
        acts = (
            self.click,
            self.click,
            self.press,
            self.press,
            self.drop,
            self.hover,
            self.choose,
            self.convert,
            self.queue,
            self.resize,
            self.side_bar,
            self.pages,
            self.pages,
            self.formats,
            self.history,
        )
        self.random.choice(acts)()

    def click(self):
        buttons = [b for b in self.window.findChildren(QAbstractButton) if b.isVisible() and b.isEnabled()]
        if buttons:
            QTest.mouseClick(self.random.choice(buttons), Qt.MouseButton.LeftButton)
        else:
            place = QPoint(self.random.randrange(self.window.width()), self.random.randrange(self.window.height()))
            QTest.mouseClick(self.window, Qt.MouseButton.LeftButton, pos=place)

    def press(self):
        key, modifier = self.random.choice(KEYS), self.random.choice(MODIFIERS)
        if (key, modifier) not in FORBIDDEN:
            QTest.keyClick(QApplication.focusWidget() or self.window, key, modifier)

    def drop(self):
        drop(self.window, *self.random.sample(self.folders, self.random.choice((1, 1, 1, 2))))

    def hover(self):
        drag(self.window, self.random.choice([*self.folders, self.scratch]))
        self.window.workbench.drops.overlay.hide()

    def choose(self):
        if self.window.workbench.session.state is State.EMPTY:
            return
        self.window.workbench.session.choose(head=self.random.choice(list(HeadChoice)))
        box = self.random.choice(self.window.findChildren(QComboBox))
        if box.isVisible() and box.count():
            box.setCurrentIndex(self.random.randrange(box.count()))
            box.activated.emit(box.currentIndex())

    def convert(self):
        if self.window.workbench.session.plan is not None and len(self.window.workbench.queue.items) < MOST_ITEMS:
            self.window.workbench.converting.set_destination(self.scratch / f"{self.random.randrange(3)}.gguf")
            self.window.workbench.converting.convert()

    def queue(self):
        """Anything that can be done with a row, whatever its state."""
        queue = self.window.workbench.queue
        if not queue.items:
            return
        number = self.random.choice(queue.items).number
        acts = (
            lambda: queue.stop(number),
            lambda: queue.remove(number),
            lambda: queue.remove(number),
            lambda: queue.retry(number),
            lambda: queue.move(number, self.random.randrange(-2, 3)),
            lambda: queue.check(number, [0]),
            lambda: self.window.workbench.queue_bar.fold.toggle(),
            queue.stop_all,
        )
        self.random.choice(acts)()

    def side_bar(self):
        """Lines are opened, searched and taken off the list."""
        bar = self.window.workbench.library.side_bar
        lines = list(bar.tree.lines())
        acts = [
            self.window.menus.side_bar.trigger,
            lambda: bar.search.setText(self.random.choice(("", "tiny", "nothing", "gguf"))),
        ]
        if lines:
            line = self.random.choice(lines)
            row = line.data(ROW_ROLE)
            acts += [
                lambda: bar.tree.choose(line),
                lambda: bar.tree.select(line),
                lambda: bar._forget([row]),
                lambda: bar.menu_for([row]).deleteLater(),
            ]
        self.random.choice(acts)()

    def pages(self):
        """Whatever leads to a page, whether or not it is in sight."""
        menus, links = self.window.menus, self.window.workbench.page.overview.links.buttons
        ways = [menus.overview, menus.tensors, menus.history, menus.find]
        if self.window.workbench.session.state is State.EMPTY:
            ways = [menus.overview, menus.history]
        self.random.choice([*(way.trigger for way in ways), *(button.click for button in links.values())])()

    def formats(self):
        """In the sheet: any rows are ticked, one is used or none."""
        formats = self.window.workbench.page.overview.formats
        if not (formats.all.isVisible() and formats.all.isEnabled()):
            return
        formats.all.click()
        sheet, count = formats.sheet, formats.sheet.table.rowCount()
        for _ in range(self.random.randrange(3)):
            sheet._toggle(self.random.randrange(count))
        sheet.table.selectRow(self.random.randrange(count))
        self.random.choice((sheet.use.click, sheet.use.click, sheet.reject))()

    def history(self):
        """Any of the finished files, and what its buttons do."""
        page = self.window.workbench.library.history_page
        count = page.model.rowCount()
        if not count:
            return
        self.window.menus.history.trigger()
        page.table.selectRow(self.random.randrange(count))
        button = self.random.choice((page.reveal, page.again, page.check, page.remove))
        if button.isEnabled():
            button.click()

    def resize(self):
        self.window.resize(self.random.randrange(760, 1400), self.random.randrange(520, 900))


@pytest.fixture
def no_native_effects(revealed, monkeypatch):
    """No file manager, and file dialogs that end at once."""
    monkeypatch.setattr(QFileDialog, "open", lambda self: self.reject())


def test_monkey(qtbot, window, copied_folder, changed_folder, copy_folder, tied_folder, tmp_path, no_native_effects):
    broken = copy_folder(tied_folder)
    (broken / "tokenizer.json").write_text("{")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    popups = QTimer(window)  # a menu that pops up waits in a loop of its own
    popups.timeout.connect(close_popup)
    popups.start(30)
    monkey = Monkey(window, [copied_folder, changed_folder, broken, broken / "config.json"], scratch, seed=20261124)
    compute(int)  # MLX's thread, which stays, has begun before threads are counted
    threads, grown = 0, 0
    ends, warm = time.monotonic() + SECONDS, time.monotonic() + SECONDS / 3
    tracemalloc.start()
    try:
        base = None
        while time.monotonic() < ends:
            monkey.act()
            qtbot.wait(monkey.random.randrange(12))
            assert window.isVisible()
            if base is None and time.monotonic() > warm:
                settle(qtbot, window)
                base, threads = tracemalloc.get_traced_memory()[0], living_threads()
        settle(qtbot, window)
        grown = tracemalloc.get_traced_memory()[0] - (base or 0)
    finally:
        tracemalloc.stop()
    assert living_threads() <= threads, [thread.name for thread in threading.enumerate()]
    assert grown < MEGABYTES_ALLOWED << 20
    assert not [path for path in Path(scratch).iterdir() if path.suffix == ".part"]


def living_threads():
    """Python keeps a record of every QThread that ran Python code; those are not threads."""
    return len([thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)])


def close_popup():
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()


def settle(qtbot, window):
    """Close what is open and wait for what is going on."""
    window.workbench.queue.stop_all()
    for box in window.findChildren(QDialog):
        box.reject()
    deliveries = (window.workbench.result._delivering, window.workbench.library.delivery._delivering)
    for delivery in deliveries:
        delivery.cancel()
    qtbot.waitUntil(
        lambda: not window.workbench.session.is_working and not window.workbench.queue.is_busy, timeout=DEADLINE
    )
    qtbot.waitUntil(lambda: not any(delivery.is_busy for delivery in deliveries), timeout=DEADLINE)
    for item in window.workbench.queue.items:
        window.workbench.queue.remove(item.number)
    qtbot.wait(100)
    gc.collect()
