"""The pages that open from the overview: there by a click or a key, and back to where one was."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from app.ui.page.detail import Detail
from tests.ui.driving import each_page, go_to, leads_to, leave, opened

PRESSED = 200  # milliseconds; a button that is pressed by a key stays down for a moment
ALL = (Detail.NOTES, Detail.HEAD, Detail.TOKENIZER, Detail.MODEL, Detail.TENSORS)


@pytest.fixture
def noted(qtbot, window, copied_folder, copy_folder):
    """The window with a folder that has every page."""
    folder = copy_folder(copied_folder)
    (folder / "tokenizer_config.json").unlink(missing_ok=True)
    opened(qtbot, window, folder)
    window.activateWindow()
    assert all(leads_to(window, detail) for detail in ALL)
    return window


def by_button(qtbot, window):
    leave(window)


def by_keys(qtbot, window):
    QTest.keySequence(window, QKeySequence(QKeySequence.StandardKey.Back))
    qtbot.wait(PRESSED)


def by_escape(qtbot, window):
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)


def by_menu(qtbot, window):
    window.menus.overview.trigger()


@pytest.mark.parametrize("detail", ALL)
def test_there_and_back_to_where_one_was(qtbot, noted, detail):
    page = noted.workbench.page
    button = page.overview.links.buttons[detail]
    for way in (by_button, by_keys, by_escape, by_menu):
        button.setFocus()
        qtbot.keyClick(button, Qt.Key.Key_Space)
        assert page.detail is detail, way
        assert not page.overview.isVisible()
        focus = noted.focusWidget()
        assert focus.isVisible()
        assert page.pages.currentWidget().isAncestorOf(focus)
        way(qtbot, noted)
        assert page.detail is None, way
        assert page.overview.isVisible()
        assert noted.focusWidget() is button
        noted.setFocus()


def test_focus_is_on_the_way_back_or_in_the_table(noted):
    for detail in each_page(noted):
        if detail is Detail.TENSORS:
            assert noted.focusWidget() is noted.workbench.page.table.view
        elif detail is not None:
            assert noted.focusWidget() is noted.workbench.page._details[detail].leave


def test_escape_first_ends_a_search(qtbot, noted):
    noted.menus.find.trigger()
    assert noted.workbench.page.detail is Detail.TENSORS
    field = noted.focusWidget()
    qtbot.keyClicks(field, "attn")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert noted.workbench.page.detail is Detail.TENSORS
    assert field.text() == ""
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert noted.workbench.page.detail is None


def test_what_is_typed_into_the_tokenizer_is_not_lost_on_the_way(qtbot, noted):
    go_to(noted, Detail.TOKENIZER)
    qtbot.keyClicks(noted.workbench.page.tokenizer.text, "one two")
    leave(noted)
    go_to(noted, Detail.TOKENIZER)
    assert noted.workbench.page.tokenizer.text.text() == "one two"


@pytest.mark.parametrize("detail", ALL)
def test_another_model_begins_on_its_overview(qtbot, noted, changed_folder, detail):
    go_to(noted, detail)
    opened(qtbot, noted, changed_folder)
    assert noted.workbench.page.detail is None
    assert noted.workbench.page.overview.isVisible()


def test_the_page_says_what_it_is(noted):
    titles = {
        Detail.NOTES: "Notes",
        Detail.HEAD: "Output layer (lm_head)",
        Detail.TOKENIZER: "Tokenizer and chat template",
        Detail.MODEL: "About the model",
    }
    for detail, title in titles.items():
        go_to(noted, detail)
        assert noted.workbench.page._details[detail].title.text() == title
        assert noted.workbench.page._details[detail].title.isVisible()


def test_the_way_back_has_a_name_for_those_who_hear_it(noted):
    for detail in ALL:
        go_to(noted, detail)
        assert noted.workbench.page._details[detail].leave.accessibleName() == "Back"


def test_nothing_is_asked_of_a_page_that_is_not_in_sight(qtbot, noted):
    """The keys that leave a page do nothing on the overview."""
    by_keys(qtbot, noted)
    by_escape(qtbot, noted)
    assert noted.workbench.page.detail is None
    assert noted.workbench.page.isVisible()


def test_where_the_last_note_was_followed_the_sentence_tells(noted):
    """An empty page would be left."""
    page, plan = noted.workbench.page, noted.workbench.session.plan
    go_to(noted, Detail.NOTES)
    page.show_findings(replace(plan, findings=(), is_provisional=True))  # more may be found
    assert page.detail is Detail.NOTES
    page.show_findings(plan)
    assert page.detail is Detail.NOTES
    page.show_findings(replace(plan, findings=()))
    assert page.detail is None
    assert noted.focusWidget() is page.overview.readiness.sentence
    go_to(noted, Detail.HEAD)
    page.show_findings(replace(plan, findings=()))
    assert page.detail is Detail.HEAD
