"""The window of the help: search, keys, size of texts, names."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QFont
from PySide6.QtWidgets import QApplication

from tests.ui.accessible import controls


def visible_heading(window):
    """The slug of the heading that is at the top of the text."""
    text, layout = window.text, window.text.document().documentLayout()
    top = text.verticalScrollBar().value()
    slugs = text._headings.items()
    return min(slugs, key=lambda one: abs(layout.blockBoundingRect(one[1]).y() - top))[0]


def test_a_chapter_is_gone_to_by_mouse(qtbot, help_window):
    contents = help_window.contents
    item = contents._items["checking-a-file"]
    where = contents.visualItemRect(item).center()
    qtbot.mouseClick(contents.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert visible_heading(help_window) == "checking-a-file"


def test_chapters_are_gone_to_by_keyboard(qtbot, help_window):
    contents = help_window.contents
    contents.setFocus()
    contents.show_section("the-queue")
    qtbot.keyClick(contents, Qt.Key.Key_Down)
    assert visible_heading(help_window) == "checking-a-file"


def test_the_paragraph_about_a_finding(help_window):
    help_window.show_about("combining-marks")
    assert visible_heading(help_window) == "small-differences-in-cutting-text"
    assert help_window.contents.currentItem().text(0) == "Small differences in cutting text"


def test_an_unknown_finding_is_the_start(help_window):
    help_window.show_about("bad-shard")
    help_window.show_about("")
    assert visible_heading(help_window) == "mlx-ferry-help"


def test_a_search_leaves_the_chapters_with_what_was_found(qtbot, help_window):
    qtbot.keyClicks(help_window.search, "modelfile")
    assert help_window.contents.titles() == ["Using the file", "Ollama"]
    assert help_window.found.text() == "1 place"
    assert help_window.text.textCursor().selectedText() == "Modelfile"
    qtbot.keyClick(help_window, Qt.Key.Key_Escape)
    assert help_window.search.text() == ""
    assert len(help_window.contents.titles()) > 50
    assert help_window.found.isHidden()
    assert help_window.isVisible()


def test_what_is_not_there_is_said(qtbot, help_window):
    qtbot.keyClicks(help_window.search, "zebra")
    assert help_window.found.text() == "Not found"
    assert help_window.contents.titles() == []


def test_return_goes_from_place_to_place_and_around(qtbot, help_window):
    qtbot.keyClicks(help_window.search, "ollama")
    places = [one.selectionStart() for one in help_window.text._found]
    assert len(places) > 3
    assert help_window.text.textCursor().selectionStart() == places[0]
    qtbot.keyClick(help_window.search, Qt.Key.Key_Return)
    assert help_window.text.textCursor().selectionStart() == places[1]
    for _ in range(2):
        qtbot.keyClick(help_window.search, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert help_window.text.textCursor().selectionStart() == places[-1]
    qtbot.keyClick(help_window.search, Qt.Key.Key_Return)
    assert help_window.text.textCursor().selectionStart() == places[0]


def test_keys(qtbot, help_window):
    help_window.text.setFocus()
    qtbot.keyClick(help_window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(help_window.search.hasFocus)
    qtbot.keyClick(help_window.search, Qt.Key.Key_Down)
    qtbot.waitUntil(help_window.contents.hasFocus)
    help_window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.keyClick(help_window, Qt.Key.Key_Escape)
    assert not help_window.isVisible()


def test_everything_has_a_name_and_can_be_reached(help_window):
    for widget in (*controls(help_window), help_window.text):
        assert QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_it_is_as_large_as_other_texts(qtbot, help_window):
    before = QApplication.font()
    height = help_window.text.document().size().height()
    try:
        larger = QFont(before)
        larger.setPointSizeF(2 * before.pointSizeF())
        QApplication.setFont(larger)
        qtbot.waitUntil(lambda: help_window.text.document().size().height() > 1.5 * height)
    finally:
        QApplication.setFont(before)


@pytest.mark.parametrize("size", [(640, 400), (980, 700)])
def test_no_line_is_wider_than_its_window(qtbot, help_window, size):
    help_window.resize(*size)
    qtbot.waitUntil(lambda: help_window.width() == size[0])
    qtbot.waitUntil(lambda: help_window.text.horizontalScrollBar().maximum() == 0)


def test_it_speaks_chinese(chinese, help_window):
    assert help_window.windowTitle() == "MLX Ferry 帮助"
    assert help_window.contents.titles()[0] == "MLX Ferry 能做什么"
    help_window.show_about("bad-shard")
    assert help_window.contents.currentItem().text(0) == "权重文件缺失或损坏"
