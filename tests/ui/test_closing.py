"""Closing while files are being written: asked once, and the question goes away with its reason."""

import pytest

from tests.ui.driving import boxes, opened, press, settled


@pytest.fixture
def writing(qtbot, window, copied_folder, tmp_path, held):
    opened(qtbot, window, copied_folder)
    window.workbench.converting.set_destination(tmp_path / "close.gguf")
    window.workbench.converting.convert()
    qtbot.waitUntil(lambda: bool(held.began))
    return window


def test_the_question_goes_when_the_work_is_done(qtbot, writing, held, tmp_path):
    """Its Stop then ended the program."""
    assert not writing.close()
    assert boxes(writing)
    held.go_on.set()
    settled(qtbot, writing)
    assert not boxes(writing)
    assert writing.isVisible()
    assert (tmp_path / "close.gguf").exists()
    assert writing.close()


def test_it_is_asked_once(writing):
    assert not writing.close()
    assert not writing.close()
    (box,) = boxes(writing)
    assert box.text() == "Stop converting tiny-copied and close?"
    press(writing, "Keep Converting")
    assert not boxes(writing)
    assert writing.isVisible()
    assert not writing.close()
    press(writing, "Stop Converting")
    assert not writing.isVisible()


def test_of_several_it_tells_how_many(writing, tied_folder, tmp_path, qtbot):
    opened(qtbot, writing, tied_folder)
    writing.workbench.converting.set_destination(tmp_path / "second.gguf")
    writing.workbench.converting.convert()
    assert not writing.close()
    (box,) = boxes(writing)
    assert box.text() == "Stop 2 conversions and close?"
    press(writing, "Stop Converting")
    assert list(tmp_path.glob("*.gguf*")) == []


def test_return_keeps_converting_and_replaces_nothing(qtbot, writing, held, tmp_path):
    writing.close()
    (box,) = boxes(writing)
    assert box.defaultButton().text() == "Keep Converting"
    box.reject()
    held.go_on.set()
    settled(qtbot, writing)
    writing.workbench.page.output.again_wanted.emit()
    writing.workbench.converting.convert()
    (box,) = boxes(writing)
    assert box.defaultButton().text().replace("&", "") == "Cancel"
    box.reject()
