"""Which page is in sight, by menus, by the bar above and by the side bar; and where the keys go then."""

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel

from app.ui.page.detail import Detail
from tests.ui.driving import DEADLINE, go_to, leave, opened, settled


@pytest.fixture
def shown(qtbot, window, changed_folder):
    window.activateWindow()
    return opened(qtbot, window, changed_folder)


def in_sight(window):
    page = window.shell.pages.currentWidget()
    assert page.isVisible()
    return page


def test_the_first_page_says_what_becomes_of_a_folder(window):
    said = " ".join(label.text() for label in window.welcome.findChildren(QLabel))
    for name in ("MLX", "GGUF", "Ollama", "LM Studio", "llama.cpp"):
        assert name in said


def test_buttons_of_the_bar_say_their_keys(chinese_window):
    for action, button in chinese_window.top_bar.buttons.items():
        assert (
            button.toolTip()
            == f"{button.text()} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})"
        )
        assert "&" not in button.toolTip()


def test_without_a_model_finished_files_lead_back_to_the_welcome(window):
    window.menus.history.trigger()
    assert in_sight(window) is window.workbench.navigation.finished_files
    leave(window)
    assert in_sight(window) is window.welcome
    window.menus.overview.trigger()
    assert in_sight(window) is window.welcome


def test_the_bar_above_leads_to_the_pages(shown):
    buttons = shown.top_bar.buttons
    buttons[shown.menus.tensors].click()
    assert shown.workbench.page.detail is Detail.TENSORS
    buttons[shown.menus.history].click()
    assert in_sight(shown) is shown.workbench.navigation.finished_files
    buttons[shown.menus.overview].click()
    assert in_sight(shown) is shown.workbench.page
    assert shown.workbench.page.detail is None


def test_from_finished_files_one_comes_back_to_the_page_that_was_left(shown):
    go_to(shown, Detail.HEAD)
    shown.menus.history.trigger()
    leave(shown)
    assert in_sight(shown) is shown.workbench.page
    assert shown.workbench.page.detail is Detail.HEAD


@pytest.mark.parametrize("name", ["tensors", "history", "overview", "find"])
def test_the_focus_is_on_what_is_in_sight(shown, name):
    go_to(shown, Detail.MODEL)
    getattr(shown.menus, name).trigger()
    focus = shown.focusWidget()
    assert focus.isVisible()
    assert in_sight(shown).isAncestorOf(focus)


def test_a_model_that_is_opened_comes_into_sight(qtbot, shown, tied_folder):
    shown.menus.history.trigger()
    shown.open_folder(tied_folder)
    qtbot.waitUntil(lambda: in_sight(shown) is shown.workbench.page, timeout=DEADLINE)
    assert shown.workbench.page.detail is None


def test_a_finished_file_in_the_side_bar_is_found_in_the_list(qtbot, shown, tmp_path):
    shown.workbench.converting.set_destination(tmp_path / "mine.gguf")
    with qtbot.waitSignal(shown.workbench.queue.written, timeout=DEADLINE):
        shown.workbench.converting.convert()
    settled(qtbot, shown)
    shown.workbench.library.side_bar.file_wanted.emit(tmp_path / "mine.gguf")
    assert in_sight(shown) is shown.workbench.navigation.finished_files
    assert [one.path.name for one in shown.workbench.library.history_page._chosen()] == ["mine.gguf"]


def test_the_side_bar_goes_where_there_is_no_room_and_comes_when_asked_for(qtbot, shown):
    bar, action = shown.workbench.library.side_bar, shown.menus.side_bar
    assert bar.isVisible()
    assert action.isChecked()
    shown.resize(900, 600)
    qtbot.waitUntil(lambda: not bar.isVisible())
    assert not action.isChecked()
    action.trigger()
    assert bar.isVisible()
    assert action.isChecked()
    shown.resize(880, 600)  # what was asked for stays
    assert bar.isVisible()
    shown.resize(1280, 800)
    action.trigger()
    assert not bar.isVisible()
    assert not action.isChecked()
