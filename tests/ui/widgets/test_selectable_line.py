"""A line that can be copied, whole."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.ui.widgets.selectable_line import SelectableLine

NAME = "a-model-with-a-name-that-has-no-room-4bit"


@pytest.fixture
def line(qtbot):
    widget = SelectableLine()
    qtbot.addWidget(widget)
    widget.resize(120, 20)
    widget.show()
    qtbot.waitExposed(widget)
    widget.show_line(NAME)
    return widget


def copied(line):
    QGuiApplication.clipboard().clear()
    QTest.keyClick(line, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    return QGuiApplication.clipboard().text()


def test_all_of_it(line):
    assert "…" in line.text()
    line.setSelection(0, len(line.text()))
    assert copied(line) == NAME


@pytest.mark.parametrize(("start", "end"), [(1, -2), (3, 0), (0, -3)])
def test_across_what_is_missing(line, start, end):
    line.setSelection(start, len(line.text()) + end - start)
    assert copied(line) == NAME[start : len(NAME) + end]


def test_beside_what_is_missing(line):
    line.setSelection(0, 4)
    assert copied(line) == "a-mo"
    line.setSelection(len(line.text()) - 4, 4)
    assert copied(line) == "4bit"


def test_where_there_is_room(line):
    line.resize(800, 20)
    line.setSelection(2, 5)
    assert copied(line) == "model"


def test_nothing_is_copied_of_nothing(line):
    line.setSelection(0, 0)
    assert copied(line) == ""


def test_by_mouse(qtbot, line):
    QGuiApplication.clipboard().clear()
    line.setSelection(0, len(line.text()))
    middle = line.rect().center()
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, middle, line.mapToGlobal(middle))
    QGuiApplication.sendEvent(line, asked)
    (menu,) = line.findChildren(QMenu)
    (copy,) = menu.actions()
    copy.trigger()
    menu.close()
    assert QGuiApplication.clipboard().text() == NAME


def test_tab_reaches_it_while_there_is_something(line):
    assert line.focusPolicy() & Qt.FocusPolicy.TabFocus
    line.show_line("")
    assert line.focusPolicy() is Qt.FocusPolicy.NoFocus
    assert SelectableLine().focusPolicy() is Qt.FocusPolicy.NoFocus
