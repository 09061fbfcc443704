"""Title, path and result are reached, selected and copied by keyboard; Help says which keys there are."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from app.ui.page.detail import Detail
from app.ui.widgets.shortcuts_sheet import ShortcutsSheet
from tests.ui.clipping import clipped
from tests.ui.driving import DEADLINE, go_to, opened


def copied(label):
    assert label.isVisible()
    assert label.focusPolicy() & Qt.FocusPolicy.TabFocus
    label.setFocus()
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(label, Qt.Key.Key_A, control)
    QTest.keyClick(label, Qt.Key.Key_C, control)
    return QApplication.clipboard().text()


def test_what_is_known_of_a_model_and_its_file_can_be_copied(qtbot, window, tied_folder, tmp_path):
    opened(qtbot, window, tied_folder)
    page = window.workbench.page
    assert copied(window.top_bar.title) == tied_folder.name
    assert copied(page.overview.readiness.sentence) == page.overview.readiness.sentence.text()
    go_to(window, Detail.MODEL)
    assert copied(page.summary._name) == tied_folder.name
    window.menus.overview.trigger()
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    assert copied(page.output._form.target).endswith("mine.gguf")
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()
    assert copied(page.output._done._text).startswith("mine.gguf is ready")


def test_return_opens_and_converts_where_the_button_looks_like_it(qtbot, window, tied_folder, tmp_path):
    window.activateWindow()
    assert window.welcome.open.hasFocus()
    opened(qtbot, window, tied_folder)
    convert = window.workbench.page.output._form.convert
    qtbot.waitUntil(convert.hasFocus, timeout=DEADLINE)
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        QTest.keyClick(convert, Qt.Key.Key_Return)


def test_help_has_the_keys_of_all_menus(window):
    window.menus.shortcuts.trigger()
    (sheet,) = window.findChildren(ShortcutsSheet)
    keys = {title.text(): value.text() for title, value in sheet.facts.rows}
    assert keys["Convert"] == "Ctrl+Return"
    assert keys["Undo Choice"] == "Ctrl+Z"
    assert keys["Find Tensor"] == "Ctrl+F"
    assert clipped(sheet) == []
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert not [one for one in window.findChildren(QDialog) if one.isVisible()]
