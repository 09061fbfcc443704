"""The bar at the bottom: one line, or a row for each item; by mouse, by keyboard, for a screen reader."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_bar import QueueBar
from app.ui.queue.queue_item import ItemState
from tests.ui.accessible import controls
from tests.ui.clipping import clipped
from tests.ui.queue.items import ITEMS, show_items


@pytest.fixture
def bar(qtbot):
    queue = ConversionQueue()
    bar = QueueBar(queue)
    qtbot.addWidget(bar)
    queue.setParent(bar)
    bar.resize(868, 300)
    return bar


@pytest.fixture
def full(qtbot, bar):
    show_items(bar._queue)
    bar.unfold()
    bar.activateWindow()
    return bar


def visible(row):
    return [button.text() for button in row.findChildren(QPushButton) if not button.isHidden()]


def test_it_is_there_while_there_are_items(bar):
    assert bar.isHidden()
    show_items(bar._queue)
    assert not bar.isHidden()
    show_items(bar._queue, ())
    assert bar.isHidden()


def test_folded_it_tells_of_what_is_at_work(bar):
    show_items(bar._queue)
    assert bar.title.accessibleName() == "llama-3.2-1b-instruct → Q4_K_M"
    assert bar.state.text() == "60%  ·  27.0 s left  ·  1 more"
    assert bar.bar.value() == 597
    assert bar.area.isHidden()
    show_items(bar._queue, [one for one in ITEMS if one.state.is_over])
    assert bar.title.accessibleName() == "1 finished  ·  1 failed  ·  1 stopped"
    assert bar.stop.isHidden()
    show_items(bar._queue, ITEMS[:1])
    assert bar.title.accessibleName() == "gemma-3-270m → Q8_0: 292 MB in 3.2 s"


def test_each_row_says_how_it_stands_and_what_can_be_done(full):
    done, failed, running, waiting, stopped = full.rows.values()
    assert (done.state.text(), visible(done)) == ("292 MB in 3.2 s", ["Open Folder", "Remove"])
    assert (failed.state.text(), visible(failed)) == ("Failed", ["Try Again", "Details…", "Remove"])
    assert failed.reason.text() == "tokenizer.json is missing. Copy it from the original model."
    assert (running.state.text(), visible(running)) == ("60%  ·  27.0 s left", ["Stop"])
    assert (waiting.state.text(), visible(waiting)) == ("Waiting", ["Stop"])
    assert (stopped.state.text(), visible(stopped)) == ("Stopped", ["Try Again", "Remove"])
    assert all(row.reason.isHidden() for row in (done, running, waiting, stopped))


def test_rows_stay_where_they_are_when_their_items_change(full):
    before = dict(full.rows)
    show_items(full._queue, [replace(one, state=ItemState.STOPPED) for one in reversed(ITEMS)])
    assert dict(full.rows) == before
    order = [full._list.itemAt(place).widget() for place in range(full._list.count())]
    assert order == [before[one.number] for one in reversed(ITEMS)]


def test_rows_are_used_by_mouse(full, revealed, qtbot):
    done, failed, _, waiting, _ = full.rows.values()
    done.reveal.click()
    assert revealed == [ITEMS[0].written[0].path]
    failed.details.click()
    (box,) = full.findChildren(QMessageBox)
    assert box.text() == "tokenizer.json is missing."
    box.reject()
    waiting.earlier.trigger()
    assert [item.number for item in full._queue.items] == [1, 2, 4, 3, 5]
    waiting.later.trigger()
    assert [item.number for item in full._queue.items] == [1, 2, 3, 4, 5]
    waiting.stop.click()
    assert full._queue.items[3].state is ItemState.STOPPED
    done.remove.click()
    assert [item.number for item in full._queue.items] == [2, 3, 4, 5]
    full.clear.click()
    assert [item.number for item in full._queue.items] == [3]


def test_rows_are_used_by_keyboard(full):
    done, _, _, waiting, _ = full.rows.values()
    QTest.keyClick(waiting, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [item.number for item in full._queue.items] == [1, 2, 4, 3, 5]
    QTest.keyClick(waiting, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert [item.number for item in full._queue.items] == [1, 2, 3, 4, 5]
    QTest.keyClick(waiting, Qt.Key.Key_Delete)
    assert full._queue.items[3].state is ItemState.STOPPED
    QTest.keyClick(done, Qt.Key.Key_Delete)
    assert [item.number for item in full._queue.items] == [2, 3, 4, 5]
    QTest.keyClick(full.fold, Qt.Key.Key_Space)
    assert full.area.isHidden()
    full.unfold()
    QTest.keyClick(full.clear, Qt.Key.Key_Escape)
    assert full.area.isHidden()
    assert full._queue.current is not None


def test_everything_has_a_name_of_its_own_and_is_reached_with_tab(qtbot, full):
    full.show()
    names = []
    for widget in [*controls(full), *full.rows.values()]:
        if widget.isVisible():
            interface = QAccessible.queryAccessibleInterface(widget)
            names.append(interface.text(QAccessible.Text.Name))
    assert all(names)
    assert len(set(names)) == len(names)
    buttons = [one for one in full.findChildren(QPushButton) if one.isVisible()]
    assert all(button.focusPolicy() & Qt.FocusPolicy.TabFocus for button in buttons)


@pytest.mark.parametrize("width", [760, 900, 1280])
def test_nothing_is_clipped(qtbot, full, width):
    full.resize(width, 300)
    full.show()
    QApplication.processEvents()
    assert clipped(full) == []
    for row in full.rows.values():
        assert row.title.text() == row.title.accessibleName()


def test_a_long_name_is_cut_in_the_middle_and_whole_in_its_tooltip(full):
    name = "x" * 150
    show_items(full._queue, [replace(ITEMS[3], title=name)])
    full.resize(760, 300)
    full.show()
    QApplication.processEvents()
    (row,) = full.rows.values()
    assert "…" in row.title.text()
    assert name in row.title.toolTip()
    assert row.title.accessibleName().startswith(name)
