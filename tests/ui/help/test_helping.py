"""The ways to the help: the menu, Learn More on a page and in a sheet; it goes with the window."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from app.core.findings import warning
from app.core.guide import read_guide
from app.core.language import language_codes
from app.core.text import text
from app.ui.help.help_window import HelpWindow
from app.ui.help.helping import Helping
from app.ui.page.detail import Detail
from app.ui.widgets.finding_row import enable_remedies, finding_row
from app.ui.widgets.learn_more import LearnMore
from tests.ui.driving import opened

FOUND = warning("stale-index", text("It is gone"), text("Look here"))
ON_A_MAC = {"Ctrl": "⌘", "Alt": "⌥", "Shift": "⇧", "Return": "↩"}


@pytest.fixture
def main(qtbot):
    main = QWidget()
    qtbot.addWidget(main)
    main.show()
    return main


@pytest.fixture
def helping(main):
    helping = Helping(main)
    yield helping
    if helping.help is not None:
        helping.help.close()


def click(qtbot, holder):
    (button,) = holder.findChildren(LearnMore)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def shown_section(helping):
    return helping.help.text.section_at(helping.help.text.textCursor())


def test_learn_more_opens_the_paragraph(qtbot, main, helping):
    row = finding_row(FOUND)
    row.setParent(main)
    row.show()
    click(qtbot, row)
    assert helping.help.isVisible()
    assert shown_section(helping) == "the-index-does-not-fit-the-files"


def test_learn_more_in_a_sheet(qtbot, main, helping):
    sheet = QDialog(main)
    QVBoxLayout(sheet).addWidget(finding_row(FOUND))
    sheet.open()
    click(qtbot, sheet)
    assert shown_section(helping) == "the-index-does-not-fit-the-files"
    qtbot.keyClicks(helping.help.search, "zebra")  # it can be used although the main window cannot
    assert helping.help.found.text() == "Not found"
    sheet.close()


def test_learn_more_without_a_main_window(qtbot):
    row = finding_row(FOUND)
    qtbot.addWidget(row)
    row.show()
    click(qtbot, row)


def test_learn_more_stays_when_choices_cannot_be_made(qtbot, main):
    row = finding_row(FOUND, print)
    row.setParent(main)
    enable_remedies([row], enabled=False)
    (button,) = row.findChildren(LearnMore)
    assert button.isEnabled()
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert button.accessibleDescription() == "It is gone"


def test_there_is_one_window(qtbot, helping):
    helping.open("bad-shard")
    first = helping.help
    helping.open()
    assert helping.help is first
    assert shown_section(helping) == "files-of-weights-are-missing-or-damaged"  # where it was left
    first.close()
    qtbot.waitUntil(lambda: helping.help is None)
    helping.open()
    assert helping.help is not None


def test_it_goes_with_the_main_window(qtbot, main, helping):
    helping.open()
    main.close()
    qtbot.waitUntil(lambda: helping.help is None)


def test_it_follows_the_language(qtbot, helping, request):
    helping.open()
    request.getfixturevalue("chinese")
    helping.open("bad-shard")
    assert helping.help.language == "zh_CN"
    assert shown_section(helping) == "权重文件缺失或损坏"


def test_it_stays_where_it_was_read_when_another_window_speaks_another_language(qtbot, helping, request):
    helping.open()
    helping.help.setGeometry(40, 30, 700, 500)
    helping.open("bad-shard")
    request.getfixturevalue("chinese")
    other = QWidget()
    qtbot.addWidget(other)
    following = Helping(other)
    following.open_like(helping)
    helping.help.close()
    shown = following.help
    assert isinstance(shown, HelpWindow)
    assert shown.isVisible()
    assert shown.geometry().getRect() == (40, 30, 700, 500)
    assert shown.text.section_in_sight == "权重文件缺失或损坏"
    shown.close()


def test_none_is_opened_where_none_was(qtbot, main, helping):
    following = Helping(main)
    following.open_like(helping)
    assert following.help is None


def test_the_menu_opens_it(qtbot, window):
    window.menus.guide.trigger()
    assert window.workbench.helping.help.isVisible()
    assert window.menus.guide.shortcut() == QKeySequence(QKeySequence.StandardKey.HelpContents)


def test_from_the_notes_of_a_model(qtbot, window, tied_folder, copy_folder):
    folder = copy_folder(tied_folder)
    (folder / "generation_config.json").write_text("nonsense")
    opened(qtbot, window, folder)
    window.workbench.page.show_detail(Detail.NOTES)
    button = window.workbench.page.findings.findChildren(LearnMore)[0]
    qtbot.keyClick(button, Qt.Key.Key_Space)
    (section,) = [one for one in read_guide("en").sections if button.code in one.codes]
    assert shown_section(window.workbench.helping) == section.slug


@pytest.mark.parametrize("language", language_codes())
def test_the_guide_has_the_keys_of_the_menus(window, language):
    """In a Mac's signs, but for those that Qt takes from the system."""
    markdown = read_guide(language).markdown
    own = [action for menu in window.menus._menus for action in menu.actions() if not action.shortcut().isEmpty()]
    assert len(own) > 12
    for action in own:
        *holding, key = action.shortcut().toString(QKeySequence.SequenceFormat.PortableText).split("+")
        if action in (window.menus.guide, window.menus.redo, window.menus.close):
            continue
        order = [name for name in ("Alt", "Shift", "Ctrl") if name in holding]
        signs = "".join(ON_A_MAC[name] for name in order) + ON_A_MAC.get(key, key)
        assert signs in markdown, (action.text(), signs)


def test_the_paragraph_is_at_the_top_of_a_window_that_has_just_opened(helping):
    helping.open("lm-head-tied")
    text = helping.help.text
    top = text.document().documentLayout().blockBoundingRect(text.textCursor().block()).y()
    assert text.textCursor().block().text() == "The output layer is shared"
    assert 0 <= top - text.verticalScrollBar().value() < text.viewport().height() / 4
