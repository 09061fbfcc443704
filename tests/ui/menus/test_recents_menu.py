"""File > Open Recent."""

import gc

import pytest
from PySide6.QtCore import QPoint, Qt

from app.ui.menus.recents_menu import RecentsMenu
from app.ui.settings import Recent


@pytest.fixture
def menu(qtbot, settings):
    menu = RecentsMenu(settings)
    qtbot.addWidget(menu)
    return menu


def add(settings, *folders):
    for folder in folders:
        folder.mkdir(parents=True)
        settings.add_recent(folder)


def texts(menu):
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_an_empty_menu(menu):
    assert texts(menu) == ["Clear Menu"]
    assert not menu.actions()[-1].isEnabled()


def test_a_folder_is_chosen(menu, settings, tmp_path, qtbot):
    add(settings, tmp_path / "a", tmp_path / "b")
    menu.refresh()
    assert texts(menu) == ["b", "a", "Clear Menu"]
    with qtbot.waitSignal(menu.chosen) as chosen:
        menu.actions()[1].trigger()
    assert chosen.args == [Recent(tmp_path / "a")]


def test_names_are_told_apart_and_shown_as_they_are(menu, settings, tmp_path):
    add(settings, tmp_path / "here" / "model", tmp_path / "there" / "model", tmp_path / "Q&A")
    menu.refresh()
    assert texts(menu) == ["Q&&A", "model – there", "model – here", "Clear Menu"]
    assert menu.actions()[0].toolTip() == str(tmp_path / "Q&A")


def test_a_folder_that_has_gone_is_not_offered(menu, settings, tmp_path):
    add(settings, tmp_path / "a")
    menu.refresh()
    (tmp_path / "a").rmdir()
    menu.aboutToShow.emit()
    assert texts(menu) == ["Clear Menu"]


def test_clearing(menu, settings, tmp_path, qtbot):
    add(settings, tmp_path / "a")
    menu.refresh()
    with qtbot.waitSignal(menu.cleared):
        menu.actions()[-1].trigger()
    assert texts(menu) == ["Clear Menu"]
    assert settings.recents() == []


def test_it_may_be_made_anew_while_it_is_used(menu, settings, tmp_path, qtbot):
    add(settings, tmp_path / "a", tmp_path / "b")

    def refresh(_):
        menu.refresh()
        gc.collect()

    menu.chosen.connect(refresh)
    for name in (Qt.Key.Key_Down, Qt.Key.Key_Up):  # the first folder; round to the last entry, which clears
        menu.popup(QPoint(0, 0))
        qtbot.keyClick(menu, name)
        qtbot.keyClick(menu, Qt.Key.Key_Return)
        qtbot.wait(10)
    assert settings.recents() == []
