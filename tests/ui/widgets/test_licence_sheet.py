"""All parts with their terms, to be read by mouse and by keyboard."""

from importlib.metadata import PackageNotFoundError

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QMessageBox

from app.core.licences import parts
from app.ui.widgets import licence_sheet, sheets
from app.ui.widgets.licence_sheet import LicenceSheet
from tests.ui.accessible import controls


@pytest.fixture
def sheet(qtbot, window):
    sheet = LicenceSheet(window)
    sheet.open()
    qtbot.waitExposed(sheet)
    yield sheet
    sheet.close()


def test_every_part_is_listed_and_its_text_is_whole(sheet):
    known = parts()
    assert sheet.names.count() == len(known)
    for row, part in enumerate(known):
        sheet.names.setCurrentRow(row)
        assert sheet.text.toPlainText().startswith(part.licence)
        assert sheet.text.toPlainText().endswith(part.text.splitlines()[-1])


def test_it_begins_with_this_program_and_keys_move_on(qtbot, sheet):
    assert "Apache" in sheet.text.toPlainText()
    sheet.names.setFocus()
    qtbot.keyClick(sheet.names, Qt.Key.Key_Down)
    assert sheet.names.currentRow() == 1


def test_a_screen_reader_has_names_for_all_of_it(sheet):
    for control in controls(sheet):
        found = QAccessible.queryAccessibleInterface(control)
        assert found.text(QAccessible.Text.Name), control


def test_about_leads_to_it(qtbot, window):
    sheets.about(window)
    (about,) = window.findChildren(QMessageBox)
    (button,) = (one for one in about.buttons() if one.text() == "Licenses…")
    button.click()
    assert [one.isVisible() for one in window.findChildren(LicenceSheet)] == [True]


def test_about_leads_to_the_log(window, revealed):
    sheets.about(window)
    (about,) = window.findChildren(QMessageBox)
    (button,) = (one for one in about.buttons() if one.text() == "Show Log")
    button.click()
    assert [path.name for path in revealed] == ["mlx-ferry.log"]


def test_sources_that_nobody_installed_have_no_list(qtbot, window, monkeypatch):
    def missing():
        raise PackageNotFoundError("mlx-ferry")

    monkeypatch.setattr(licence_sheet, "parts", missing)
    sheet = LicenceSheet(window)
    assert sheet.names.count() == 0
    sheet.close()
