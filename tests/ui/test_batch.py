"""Several models at once: dropped, asked about in one sheet, and converted one after the other."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.ggml_types import OutputType
from app.ui.queue.queue_item import ItemState
from tests.ui.driving import DEADLINE, drag, drop, opened, ready, settled


@pytest.fixture
def models(tied_folder, changed_folder, copy_folder):
    """The middle one cannot be converted."""
    broken = copy_folder(tied_folder)
    (broken / "tokenizer.json").unlink()
    return tied_folder, broken, changed_folder


def dropped(window, models):
    assert drop(window, *models)
    return window.workbench.batch.sheet


def test_hovering_says_how_many(window, models):
    drag(window, *models)
    assert window.workbench.drops.overlay.text == "Drop to convert 3 models"


def test_three_folders_are_three_rows(qtbot, window, models, tmp_path):
    sheet = dropped(window, models)
    assert [sheet.names.item(row).text() for row in range(3)] == [folder.name for folder in models]
    assert sheet.target.text() == "Beside each model"
    out = tmp_path / "out"
    out.mkdir()
    sheet.set_folder(out)
    index = sheet.types.findData(OutputType.Q8_0)
    sheet.types.setCurrentIndex(index)
    sheet.types.activated.emit(index)
    QTest.mouseClick(sheet.convert, Qt.MouseButton.LeftButton)
    assert len(window.workbench.queue_bar.rows) == 3
    assert all(
        row.isVisible() for row in window.workbench.queue_bar.rows.values()
    )  # what becomes of each is told nowhere else
    assert [item.title for item in window.workbench.queue.items] == [folder.name for folder in models]
    settled(qtbot, window)
    assert [item.state for item in window.workbench.queue.items] == [ItemState.DONE, ItemState.FAILED, ItemState.DONE]
    assert sorted(path.name for path in out.iterdir()) == ["tiny-changed-Q8_0.gguf", "tiny-tied-Q8_0.gguf"]
    assert window.workbench.batch.sheet is None
    assert not window.workbench.page.isVisible()  # none was opened


def test_cancel_by_keyboard_adds_nothing(window, models):
    sheet = dropped(window, models)
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert window.workbench.queue.items == ()
    assert window.workbench.batch.sheet is None


def test_convert_by_keyboard(qtbot, window, models, tmp_path):
    sheet = dropped(window, models)
    sheet.set_folder(tmp_path)
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    assert len(window.workbench.queue.items) == 3
    window.workbench.queue.stop_all()
    settled(qtbot, window)


def test_what_is_there_is_replaced_only_when_that_is_chosen(qtbot, window, models, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for replaces, state in ((False, ItemState.FAILED), (True, ItemState.DONE)):
        (out / "tiny-tied-BF16.gguf").write_text("mine")
        sheet = dropped(window, (models[0], models[2]))
        sheet.set_folder(out)
        sheet.replaces.setChecked(replaces)
        sheet.convert.click()
        settled(qtbot, window)
        assert window.workbench.queue.items[-2].state is state
        assert window.workbench.queue.items[-1].state is ItemState.DONE or not replaces
    assert (out / "tiny-tied-BF16.gguf").read_bytes().startswith(b"GGUF")


def test_the_open_model_stays_open(qtbot, window, models, tmp_path):
    opened(qtbot, window, models[2])
    sheet = dropped(window, models[:2])
    sheet.set_folder(tmp_path)
    sheet.convert.click()
    settled(qtbot, window)
    ready(qtbot, window)
    assert window.workbench.session.checkpoint.folder == models[2]
    assert window.workbench.page.output.current is window.workbench.page.output._form


def test_a_folder_of_models_says_which(qtbot, window, tied_folder, copy_folder, tmp_path):
    parent = tmp_path / "models"
    for name in ("one", "two"):
        (parent / name).mkdir(parents=True)
        for file in tied_folder.iterdir():
            (parent / name / file.name).symlink_to(file)
    assert not drop(window, parent)
    assert window.workbench.drops.overlay.text == "models holds several models: one, two. Drop one of them."
    for file in (parent / "two").iterdir():
        file.unlink()
    assert drop(window, parent)  # the only one is meant
    qtbot.waitUntil(lambda: window.workbench.session.checkpoint is not None, timeout=DEADLINE)
    assert window.workbench.session.checkpoint.folder == parent / "one"


def test_several_from_the_dock_are_asked_about(qtbot, qapp, window, tied_folder, changed_folder):
    """They come one by one, before there is a window or after."""
    for folder in (tied_folder, changed_folder):
        QApplication.sendEvent(qapp, QFileOpenEvent(str(folder)))
    qapp.show_window(window)
    assert [window.workbench.batch.sheet.names.item(row).text() for row in range(2)] == [
        tied_folder.name,
        changed_folder.name,
    ]
    window.workbench.batch.sheet.reject()
    for folder in (changed_folder, tied_folder):
        QApplication.sendEvent(qapp, QFileOpenEvent(str(folder)))
    qtbot.waitUntil(lambda: window.workbench.batch.sheet is not None, timeout=DEADLINE)
    assert window.workbench.batch.sheet.names.item(0).text() == changed_folder.name
    window.workbench.batch.sheet.reject()
