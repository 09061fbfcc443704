"""Settings: each choice counts at once and is remembered."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QFileDialog

from app.core.ggml_types import OutputType
from app.core.text import text
from app.ui.preferences.languages import language_of, languages
from app.ui.preferences.settings_sheet import SettingsSheet
from app.ui.preferences.text_size import TextSize
from app.ui.settings import Where
from tests.ui.accessible import controls


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    (tmp_path / ".lmstudio").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def sheet(qtbot, settings):
    sheet = SettingsSheet(settings)
    qtbot.addWidget(sheet)
    sheet.open()
    return sheet


def choose(box, value):
    index = box.findData(value)
    assert index >= 0
    box.setCurrentIndex(index)
    box.activated.emit(index)


def test_the_language(qtbot, sheet, settings):
    with qtbot.waitSignal(sheet.language_chosen) as told:
        choose(sheet.language, "zh_CN")
    assert told.args == ["zh_CN"]
    assert settings.language() == "zh_CN"
    assert [sheet.language.itemText(n) for n in range(3)] == ["Same as the system", "English", "简体中文"]


def test_languages():
    assert list(languages()) == ["", "en", "zh_CN"]
    assert language_of("zh_CN")(text("Check")) == "检查"
    assert language_of("en").code == "en"
    assert language_of("xx").code == language_of("").code


def test_the_size_of_texts(qtbot, sheet, settings):
    with qtbot.waitSignal(sheet.text_size_chosen) as told:
        choose(sheet.text_size, 150)
    assert (told.args, settings.text_size()) == ([150], 150)


def test_texts_grow_at_once(qtbot, qapp, sheet):
    before, height = QApplication.font(), sheet.checks.sizeHint().height()
    sizes = TextSize(qapp)
    try:
        sizes.apply(200)
        assert QApplication.font().pointSizeF() == 2 * before.pointSizeF()
        qtbot.waitUntil(lambda: sheet.checks.sizeHint().height() > 1.5 * height)
        sizes.apply(100)
        assert QApplication.font().pointSizeF() == before.pointSizeF()
    finally:
        QApplication.setFont(before)


def test_where_files_go(qtbot, sheet, settings):
    with qtbot.waitSignal(sheet.changed):
        choose(sheet.where, Where.LM_STUDIO.value)
    assert settings.where() is Where.LM_STUDIO
    assert "LM Studio" in sheet.explained.text()
    assert not sheet.choose.isVisible()


def test_a_folder_is_asked_for(qtbot, sheet, settings, home):
    choose(sheet.where, Where.FOLDER.value)
    (panel,) = sheet.findChildren(QFileDialog)
    assert settings.where() is Where.BESIDE
    assert sheet.where.currentData() == Where.BESIDE.value
    with qtbot.waitSignal(sheet.changed):
        panel.fileSelected.emit(str(home))
    panel.close()
    assert (settings.where(), settings.folder()) == (Where.FOLDER, home)
    assert sheet.where.currentData() == Where.FOLDER.value
    assert sheet.folder.text() == str(home)
    assert sheet.choose.isVisible()


def test_without_lm_studio_it_cannot_be_chosen(qtbot, settings, home):
    (home / ".lmstudio").rmdir()
    sheet = SettingsSheet(settings)
    qtbot.addWidget(sheet)
    index = sheet.where.findData(Where.LM_STUDIO.value)
    model = sheet.where.model()
    assert not model.flags(model.index(index, 0)) & Qt.ItemFlag.ItemIsEnabled


def test_the_usual_format(qtbot, sheet, settings):
    with qtbot.waitSignal(sheet.changed):
        choose(sheet.format, OutputType.Q4_K_M.value)
    assert settings.output_type() is OutputType.Q4_K_M


def test_what_is_done_afterwards(qtbot, sheet, settings):
    qtbot.keyClick(sheet.checks, Qt.Key.Key_Space)
    qtbot.keyClick(sheet.reports, Qt.Key.Key_Space)
    assert settings.checks_afterwards()
    assert settings.reports_beside()


def test_it_shows_what_is_remembered(qtbot, settings, home):
    settings.set_language("zh_CN")
    settings.set_text_size(200)
    settings.set_folder(home)
    settings.set_where(Where.FOLDER)
    settings.set_output_type(OutputType.F16)
    settings.set_checks_afterwards(True)
    sheet = SettingsSheet(settings)
    qtbot.addWidget(sheet)
    chosen = [box.currentData() for box in (sheet.language, sheet.text_size, sheet.where, sheet.format)]
    assert chosen == ["zh_CN", 200, "folder", "f16"]
    assert sheet.checks.isChecked()
    assert not sheet.reports.isChecked()


def test_every_control_has_a_name_and_can_be_reached(sheet):
    for widget in controls(sheet):
        assert QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_escape_and_return_close_it(qtbot, sheet):
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    assert not sheet.isVisible()
