"""A file of another day goes where it is used, too: from the list of finished files."""

import os

import pytest
from PySide6.QtCore import Qt

from app.core.deliver import arrival, lm_studio_answer
from app.core.deliver.arrival import Way
from tests.ui.driving import DEADLINE
from tests.ui.history.finished import finished


@pytest.fixture
def panel(window, file, monkeypatch):
    """Of the list of finished files, with one that is there and one that has gone."""
    monkeypatch.setattr(lm_studio_answer, "LM_STUDIO_PORT", 9)
    monkeypatch.setattr(arrival, "SHARING", ((Way.LINK, os.link),))
    gone = finished(file.path.parent, "gone.gguf", finished_at=file.finished_at - 60)
    gone.path.unlink()
    for one in (gone, file):
        window.workbench.library.history.add(one)
    window.activateWindow()
    window.menus.history.trigger()
    return window.workbench.library.delivery


def over(qtbot, panel):
    qtbot.waitUntil(lambda: not panel._delivering.is_busy, timeout=DEADLINE)


def test_the_newest_file_can_be_brought_to_a_program(qtbot, window, panel, home, file):
    assert panel.isVisible()
    panel.lm_studio.setFocus()
    qtbot.keyClick(panel.lm_studio, Qt.Key.Key_Space)
    over(qtbot, panel)
    (there,) = (home / ".lmstudio/models").rglob("*.gguf")
    assert there.samefile(file.path)
    assert panel.arrival.said.text().startswith("LM Studio has the file")
    window.workbench.library.history_page.show_files(
        window.workbench.library.history.files, window.workbench.library.history.remark
    )
    assert panel.arrival.isVisible()  # what came of it is not lost when the list is shown anew


def test_what_is_not_there_goes_nowhere(window, panel, file):
    page = window.workbench.library.history_page
    page.select(file.path.parent / "gone.gguf")
    assert not panel.isVisible()
    page.table.selectAll()
    assert not panel.isVisible()
    page.select(file.path)
    assert panel.isVisible()


def test_what_is_on_its_way_stays_in_sight(qtbot, window, panel, file):
    panel.lm_studio.click()
    window.workbench.library.history_page.select(file.path.parent / "gone.gguf")
    assert panel.isVisible()
    over(qtbot, panel)
    assert panel.arrival.isVisible()
