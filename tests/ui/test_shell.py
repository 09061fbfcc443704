"""The house of the window: side bar, top bar and pages, by mouse, keyboard and menus, and what they remember."""

import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from app.core.ggml_types import OutputType
from app.ui.history.history_columns import NAME, PROOF, SOURCE
from app.ui.page.detail import Detail
from app.ui.preferences.settings_sheet import SettingsSheet
from app.ui.settings import Recent
from app.ui.sources.source_model import ROW_ROLE
from tests.ui.driving import DEADLINE, boxes, choose_formats, chosen_format, leave, opened, press, ready, settled
from tests.ui.proof.reports import CLOSE

WIDE, NARROW = 1280, 900
CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


def widen(qtbot, window, width):
    window.resize(width, 700)
    qtbot.waitUntil(lambda: window.shell.width() == width, timeout=DEADLINE)


def has_side_bar(window):
    """Seen, and said to be by the menu and the button."""
    is_shown = window.workbench.library.side_bar.isVisible()
    assert window.menus.side_bar.isChecked() is is_shown
    assert window.top_bar.buttons[window.menus.side_bar].isChecked() is is_shown
    return is_shown


def in_sight(window):
    return window.shell.pages.currentWidget()


def type_keys(window, action):
    """Its keys, wherever the focus is."""
    combination = action.shortcut()[0]
    QTest.keyClick(QApplication.focusWidget() or window, combination.key(), combination.keyboardModifiers())


def focus(window):
    """Who has it; somebody in sight always has."""
    found = window.focusWidget()
    assert found is not None
    assert found.isVisible(), found
    assert found.isEnabled(), found
    return found


# ---- side bar


def test_the_side_bar_folds_by_the_width_of_the_window(qtbot, window):
    widen(qtbot, window, WIDE)
    assert has_side_bar(window)
    for width, is_shown in ((NARROW, False), (760, False), (1000, True), (999, False), (WIDE, True)):
        widen(qtbot, window, width)
        assert has_side_bar(window) is is_shown, width


def test_the_side_bar_folds_by_hand_until_the_window_gets_another_width(qtbot, window):
    widen(qtbot, window, WIDE)
    window.menus.side_bar.trigger()
    assert not has_side_bar(window)
    widen(qtbot, window, WIDE + 50)  # as wide as before to the eye
    assert not has_side_bar(window)
    widen(qtbot, window, NARROW)
    assert not has_side_bar(window)
    qtbot.mouseClick(window.top_bar.buttons[window.menus.side_bar], Qt.MouseButton.LeftButton)
    assert has_side_bar(window)
    widen(qtbot, window, NARROW + 10)
    assert has_side_bar(window)
    type_keys(window, window.menus.side_bar)
    assert not has_side_bar(window)
    widen(qtbot, window, WIDE)
    assert has_side_bar(window)


def test_the_page_has_room_beside_a_side_bar_that_was_asked_for(qtbot, window, tied_folder):
    opened(qtbot, window, tied_folder)
    widen(qtbot, window, 760)
    window.menus.side_bar.trigger()
    assert has_side_bar(window)
    assert window.width() == 760
    assert in_sight(window).width() >= 400
    target = window.workbench.page.output._form.target
    qtbot.waitUntil(lambda: "…" in target.text(), timeout=DEADLINE)  # its end, the name, is in sight
    assert target.text().endswith(".gguf")
    assert target.accessibleName() == target.toolTip() == str(window.workbench.converting.targets()[0])
    assert window.workbench.page.output._form.convert.isVisible()


def test_a_side_bar_that_goes_leaves_the_focus_to_somebody_in_sight(qtbot, window):
    widen(qtbot, window, WIDE)
    window.workbench.library.side_bar.search.setFocus()
    window.menus.side_bar.trigger()
    assert not has_side_bar(window)
    assert not window.workbench.library.side_bar.isAncestorOf(focus(window))


# ---- top bar


def test_the_top_bar_tells_what_is_open_and_leads_to_the_pages(qtbot, window, tied_folder):
    menus, buttons = window.menus, window.top_bar.buttons
    assert window.top_bar.title.text() == ""
    assert not window.top_bar.title.focusPolicy() & Qt.FocusPolicy.TabFocus
    opened(qtbot, window, tied_folder)
    assert window.top_bar.title.accessibleName() == tied_folder.name
    assert window.top_bar.title.focusPolicy() & Qt.FocusPolicy.TabFocus
    qtbot.mouseClick(buttons[menus.tensors], Qt.MouseButton.LeftButton)
    assert window.workbench.page.table.isVisible()
    qtbot.mouseClick(buttons[menus.history], Qt.MouseButton.LeftButton)
    assert window.workbench.library.history_page.isVisible()
    assert not window.workbench.page.isVisible()
    qtbot.mouseClick(buttons[menus.overview], Qt.MouseButton.LeftButton)
    assert window.workbench.page.overview.isVisible()
    assert [buttons[one].text() for one in (menus.side_bar, menus.overview, menus.tensors, menus.history)] == [
        *("Side Bar", "Overview", "Tensors", "Finished Files")
    ]


def test_a_long_name_leaves_the_buttons_their_room(qtbot, window, tied_folder, tmp_path):
    folder = shutil.copytree(tied_folder, tmp_path / ("a-long-name-" * 16))
    opened(qtbot, window, folder)
    widen(qtbot, window, 760)
    title = window.top_bar.title
    assert "…" in title.text()
    assert title.accessibleName() == folder.name
    for button in window.top_bar.buttons.values():
        assert button.width() >= button.sizeHint().width()
        assert window.top_bar.rect().contains(button.geometry())


# ---- pages


def test_pages_by_keyboard(qtbot, window, tied_folder):
    opened(qtbot, window, tied_folder)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    menus = window.menus
    type_keys(window, menus.tensors)
    assert window.workbench.page.detail is Detail.TENSORS
    assert focus(window) is window.workbench.page.table.view
    back(qtbot, window)
    assert window.workbench.page.overview.isVisible()
    assert focus(window) is window.workbench.page.overview.links.buttons[Detail.TENSORS]
    type_keys(window, menus.history)
    assert in_sight(window) is window.workbench.navigation.finished_files
    assert focus(window) is window.workbench.navigation.finished_files.leave  # there is no file yet
    type_keys(window, menus.find)
    assert isinstance(focus(window), QLineEdit)
    assert window.workbench.page.tensors.isVisible()
    type_keys(window, menus.history)
    back(qtbot, window)
    assert window.workbench.page.tensors.isVisible()  # where a person came from
    focus(window)
    type_keys(window, menus.overview)
    assert window.workbench.page.overview.isVisible()
    focus(window)


def back(qtbot, window):
    """The way back by its keys; the button is seen going down, and then clicked."""
    combination = window.workbench.navigation.finished_files.leave.shortcut()[0]
    page, detail = in_sight(window), window.workbench.page.detail
    QTest.keyClick(focus(window), combination.key(), combination.keyboardModifiers())
    qtbot.waitUntil(lambda: (in_sight(window), window.workbench.page.detail) != (page, detail), timeout=DEADLINE)


@pytest.mark.parametrize("detail", [Detail.NOTES, Detail.HEAD, Detail.TOKENIZER, Detail.MODEL, Detail.TENSORS])
def test_each_page_is_left_to_where_it_was_opened(qtbot, window, changed_folder, detail):
    opened(qtbot, window, changed_folder)
    button = window.workbench.page.overview.links.buttons[detail]
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert window.workbench.page.detail is detail
    assert window.workbench.page.isAncestorOf(focus(window))
    leave(window)
    assert window.workbench.page.detail is None
    assert focus(window) is button


def test_without_a_model_there_is_the_welcome(qtbot, window, tied_folder):
    menus = window.menus
    pages = (menus.tensors, menus.overview, menus.find)
    assert not any(action.isEnabled() for action in pages)
    assert not window.top_bar.buttons[menus.tensors].isEnabled()
    menus.history.trigger()
    assert window.workbench.library.history_page.nothing.isVisible()
    focus(window)
    leave(window)
    assert in_sight(window) is window.welcome
    assert focus(window) is window.welcome.open
    opened(qtbot, window, tied_folder)
    assert all(action.isEnabled() for action in pages)


def test_another_model_is_shown_with_its_overview(qtbot, window, tied_folder, changed_folder):
    opened(qtbot, window, tied_folder)
    window.menus.tensors.trigger()
    opened(qtbot, window, changed_folder)
    assert window.workbench.page.overview.isVisible()
    window.menus.history.trigger()
    opened(qtbot, window, tied_folder)
    assert window.workbench.page.overview.isVisible()


# ---- what was open before


def lines(window):
    return [index.data(ROW_ROLE).name for index in window.workbench.library.side_bar.tree.lines()]


def line_of(window, name):
    """Scrolled to, and where it is."""
    tree = window.workbench.library.side_bar.tree
    index = next(one for one in tree.lines() if one.data(ROW_ROLE).name == name)
    tree.scrollTo(index)
    return tree.visualRect(index).center()


def click_line(qtbot, window, name):
    tree = window.workbench.library.side_bar.tree
    at = line_of(window, name)
    qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_what_was_opened_is_in_the_side_bar(qtbot, window, tied_folder, changed_folder):
    opened(qtbot, window, tied_folder)
    opened(qtbot, window, changed_folder)
    assert set(lines(window)) == {tied_folder.name, changed_folder.name}
    tree = window.workbench.library.side_bar.tree
    assert [row.path for row in tree.selected()] == [changed_folder]
    click_line(qtbot, window, tied_folder.name)
    qtbot.waitUntil(lambda: window.workbench.session.checkpoint.folder == tied_folder, timeout=DEADLINE)
    ready(qtbot, window)
    assert [row.path for row in tree.selected()] == [tied_folder]


def test_the_sample_is_not_remembered(qtbot, window):
    window.menus.sample.trigger()
    ready(qtbot, window)
    assert lines(window) == []
    assert window.settings.recents() == []


def test_what_is_forgotten_is_forgotten_everywhere(qtbot, window, tied_folder):
    opened(qtbot, window, tied_folder)
    tree = window.workbench.library.side_bar.tree
    click_line(qtbot, window, tied_folder.name)
    ready(qtbot, window)
    QTest.keyClick(tree, Qt.Key.Key_Delete)
    assert lines(window) == []
    assert window.settings.recents() == []
    assert [action.text() for action in window.menus.recents.actions() if action.text()] == ["Clear Menu"]


def test_the_menu_of_recents_is_cleared_for_the_side_bar_too(qtbot, window, tied_folder):
    opened(qtbot, window, tied_folder)
    assert window.settings.recents() == [Recent(tied_folder)]
    (clear,) = (one for one in window.menus.recents.actions() if one.text() == "Clear Menu")
    clear.trigger()
    assert lines(window) == []


# ---- finished files


def converted(qtbot, window, folder, target):
    opened(qtbot, window, folder)
    window.workbench.converting.set_destination(target)
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()
    settled(qtbot, window)


def table_row(window, row=0):
    model = window.workbench.library.history_page.table.model()
    return {column: model.index(row, column).data() for column in (NAME, SOURCE, PROOF)}


def test_a_conversion_fills_the_list_and_a_check_its_verdict(qtbot, window, tied_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("app.core.verify.verification.verify", lambda *_, **__: CLOSE)
    converted(qtbot, window, tied_folder, tmp_path / "mine.gguf")
    window.menus.history.trigger()
    assert table_row(window) == {NAME: "mine.gguf", SOURCE: tied_folder.name, PROOF: "Not checked"}
    assert lines(window)[-1] == "mine.gguf"
    leave(window)
    assert window.workbench.page.output.current is window.workbench.page.output._done
    window.menus.check.trigger()
    settled(qtbot, window)
    assert window.workbench.page.detail is Detail.PROOF
    window.menus.history.trigger()
    assert table_row(window)[PROOF] == "Very close"
    assert window.workbench.library.history.find(tmp_path / "mine.gguf").sha256 == (CLOSE.sha256,)


def test_a_check_from_the_menu_is_shown_wherever_a_person_is(qtbot, window, tied_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("app.core.verify.verification.verify", lambda *_, **__: CLOSE)
    converted(qtbot, window, tied_folder, tmp_path / "mine.gguf")
    window.menus.history.trigger()
    window.menus.check.trigger()
    assert window.workbench.page.proof.isVisible()
    settled(qtbot, window)
    assert window.workbench.page.proof.verdict.word.text() == "Very close"


def test_a_file_of_the_list_is_checked_whatever_is_open(
    qtbot, window, tied_folder, changed_folder, tmp_path, monkeypatch
):
    checked = []

    def verify(prepared, plan, file, **_):
        checked.append((prepared.model.checkpoint.folder, plan.options.output_type, file))
        return CLOSE

    monkeypatch.setattr("app.core.verify.verification.verify", verify)
    converted(qtbot, window, tied_folder, tmp_path / "mine.gguf")
    opened(qtbot, window, changed_folder)
    page = select(window, "mine.gguf")
    qtbot.mouseClick(page.check, Qt.MouseButton.LeftButton)
    settled(qtbot, window)
    assert checked == [(tied_folder, OutputType.AUTO, tmp_path / "mine.gguf")]
    assert table_row(window)[PROOF] == "Very close"
    assert page.isVisible()
    assert window.workbench.session.checkpoint.folder == changed_folder


def test_a_file_in_the_side_bar_is_found_in_the_list(qtbot, window, tied_folder, tmp_path):
    converted(qtbot, window, tied_folder, tmp_path / "one.gguf")
    converted(qtbot, window, tied_folder, tmp_path / "two.gguf")
    click_line(qtbot, window, "one.gguf")
    page = window.workbench.library.history_page
    assert page.isVisible()
    assert [one.path.name for one in page._chosen()] == ["one.gguf"]
    assert focus(window) is page.table
    leave(window)
    assert window.workbench.page.isVisible()


def select(window, name):
    window.menus.history.trigger()
    page = window.workbench.library.history_page
    page.select(next(one.path for one in window.workbench.library.history.files if one.path.name == name))
    return page


def test_a_file_of_the_list_is_checked_with_another_model_open(
    qtbot, window, tied_folder, changed_folder, tmp_path, monkeypatch
):
    asked = []

    def verify(_, plan, path, **__):
        asked.append((plan, path))
        return CLOSE

    monkeypatch.setattr("app.core.verify.verification.verify", verify)
    opened(qtbot, window, tied_folder)
    choose_formats(window, OutputType.Q8_0)
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()
    opened(qtbot, window, changed_folder)
    page = select(window, "mine.gguf")
    qtbot.mouseClick(page.check, Qt.MouseButton.LeftButton)
    settled(qtbot, window)
    (plan, path) = asked[0]
    assert path == tmp_path / "mine.gguf"
    assert plan.options.output_type is OutputType.Q8_0
    assert window.workbench.library.history.find(path).verdict is CLOSE.verdict
    assert len(window.workbench.library.history.files) == 1
    assert window.workbench.session.checkpoint.folder == changed_folder


def test_a_file_whose_model_is_gone_cannot_be_checked(qtbot, window, copied_folder, copy_folder, tmp_path):
    folder = copy_folder(copied_folder)
    converted(qtbot, window, folder, tmp_path / "mine.gguf")
    shutil.rmtree(folder)
    page = select(window, "mine.gguf")
    qtbot.mouseClick(page.check, Qt.MouseButton.LeftButton)
    settled(qtbot, window)
    item = window.workbench.queue.items[-1]
    assert item.failure is not None
    assert str(folder) in item.failure.message
    assert (tmp_path / "mine.gguf").is_file()


def test_convert_again_opens_the_model_with_the_same_choices(qtbot, window, tied_folder, changed_folder, tmp_path):
    opened(qtbot, window, tied_folder)
    choose_formats(window, OutputType.Q8_0)
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()
    opened(qtbot, window, changed_folder)
    assert chosen_format(window) is OutputType.AUTO
    page = select(window, "mine.gguf")
    qtbot.mouseClick(page.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.workbench.session.checkpoint.folder == tied_folder, timeout=DEADLINE)
    ready(qtbot, window)
    assert window.workbench.page.overview.isVisible()
    assert chosen_format(window) is OutputType.Q8_0
    assert window.workbench.page.output.current is window.workbench.page.output._form


def test_what_cannot_be_made_again_is_told_where_it_was_asked(qtbot, window, copied_folder, copy_folder, tmp_path):
    folder = copy_folder(copied_folder)
    converted(qtbot, window, folder, tmp_path / "mine.gguf")
    shutil.rmtree(folder)
    page = select(window, "mine.gguf")
    with qtbot.waitSignal(window.workbench.session.failed, timeout=DEADLINE):
        page.again.click()
    (box,) = boxes(window)
    assert folder.name in box.text()
    press(window, "Close")
    assert page.isVisible()


def test_what_is_taken_off_the_list_stays_where_it_is(qtbot, window, tied_folder, tmp_path):
    converted(qtbot, window, tied_folder, tmp_path / "mine.gguf")
    page = select(window, "mine.gguf")
    qtbot.mouseClick(page.remove, Qt.MouseButton.LeftButton)
    assert (tmp_path / "mine.gguf").exists()
    assert lines(window) == [tied_folder.name]
    assert page.nothing.isVisible()
    focus(window)


# ---- where the focus is


def test_the_focus_is_on_what_comes_next(qtbot, window, tied_folder, tmp_path):
    opened(qtbot, window, tied_folder)
    output = window.workbench.page.output
    assert focus(window) is output._form.convert
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        QTest.keyClick(output._form.convert, Qt.Key.Key_Space)
    settled(qtbot, window)
    assert focus(window) is output._done.reveal
    output._done.again.setFocus()
    QTest.keyClick(output._done.again, Qt.Key.Key_Space)
    assert focus(window).isChecked()
    assert focus(window) in window.workbench.page.overview.formats.cards.buttons


def test_who_is_on_another_page_keeps_the_focus(qtbot, window, tied_folder, tmp_path):
    opened(qtbot, window, tied_folder)
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    window.menus.tensors.trigger()
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.menus.convert.trigger()
    settled(qtbot, window)
    assert focus(window) is window.workbench.page.table.view


def test_who_is_typing_keeps_the_focus(qtbot, window, tied_folder, tmp_path):
    opened(qtbot, window, tied_folder)
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    search = window.workbench.library.side_bar.search
    search.setFocus()
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.menus.convert.trigger()
    settled(qtbot, window)
    assert focus(window) is search


def test_coming_back_is_not_beginning_anew(qtbot, window, tied_folder):
    opened(qtbot, window, tied_folder)
    button = window.workbench.page.overview.links.buttons[Detail.HEAD]
    button.click()
    leave(window)
    window.workbench.queue.rows_changed.emit()  # whatever goes on meanwhile
    assert focus(window) is button


# ---- the queue is cleared


def test_a_file_is_still_at_hand_when_the_queue_is_cleared(qtbot, window, tied_folder, tmp_path, revealed, monkeypatch):
    monkeypatch.setattr("app.core.verify.verification.verify", lambda *_, **__: CLOSE)
    converted(qtbot, window, tied_folder, tmp_path / "mine.gguf")
    done = window.workbench.page.output._done
    window.workbench.queue_bar.clear.click()
    assert window.workbench.queue.items == ()
    assert done.isVisible()
    done.reveal.click()
    assert revealed == [tmp_path / "mine.gguf"]
    assert window.menus.reveal.isEnabled()
    qtbot.mouseClick(done.proof.check, Qt.MouseButton.LeftButton)
    settled(qtbot, window)
    leave(window)
    assert done.proof.said.accessibleName().startswith("Very close: ")
    assert len(window.workbench.queue.items) == 1


# ---- settings


def test_settings_open_from_the_menu_once_and_count_at_once(qtbot, window, tied_folder, tmp_path):
    opened(qtbot, window, tied_folder)
    window.menus.settings.trigger()
    window.menus.settings.trigger()
    (sheet,) = window.findChildren(SettingsSheet)
    assert sheet.isVisible()
    sheet.checks.click()
    assert window.workbench.page.output._form.checks_afterwards.isChecked()
    window.settings.set_folder(tmp_path / "files")
    before = window.workbench.converting.targets()[0]
    sheet.where.setCurrentIndex(1)
    sheet.where.activated.emit(1)
    assert window.workbench.converting.targets()[0] == tmp_path / "files" / before.name
    assert str(tmp_path / "files") in window.workbench.page.output._form.target.toolTip()
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    window.menus.settings.trigger()
    (again,) = (one for one in window.findChildren(SettingsSheet) if one.isVisible())
    assert again.checks.isChecked()
    again.close()
