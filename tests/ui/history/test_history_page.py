"""The finished files in a table: what can be done with them, by mouse and by keyboard."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QPushButton

from app.core.text import NOTHING
from app.core.verify.results.report import Verdict
from app.ui.history.finished_file import UsedAdapter
from app.ui.history.history_columns import PROOF, SOURCE
from app.ui.history.history_page import HistoryPage
from app.ui.history.store import History
from tests.ui.accessible import controls
from tests.ui.history.finished import NOON, finished


@pytest.fixture
def history(tmp_path):
    history = History(tmp_path / "history.json")
    adapters = (UsedAdapter(tmp_path / "tune" / "adapters.safetensors"),)
    history.add(finished(tmp_path, "old.gguf", verdict=Verdict.SAME, adapters=adapters, finished_at=NOON - 9))
    history.add(finished(tmp_path, "new.gguf"))
    gone = finished(tmp_path, "gone.gguf", finished_at=NOON + 9)
    history.add(gone)
    gone.path.unlink()
    return history


@pytest.fixture
def page(qtbot, history):
    page = HistoryPage()
    page.resize(800, 400)
    page.show_history(history)
    qtbot.addWidget(page)
    page.show()
    return page


def cells(page, column):
    model = page.table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_the_newest_is_first(page):
    assert cells(page, 0) == ["gone.gguf", "new.gguf", "old.gguf"]
    assert cells(page, SOURCE)[2] == "my-model + tune"
    assert cells(page, PROOF) == ["Moved or changed", "Not checked", "The same"]


def test_what_can_be_done_depends_on_what_is_selected(page):
    def can():
        return [one.text() for one in page.findChildren(QPushButton) if one.isEnabled()]

    everything = [page.reveal.text(), "Convert Again…", "Check", "Remove from List"]
    assert can() == ["Convert Again…", "Remove from List"]  # the newest file is selected when the page is shown
    page.table.clearSelection()
    assert can() == []
    page.table.selectRow(1)
    assert can() == everything
    page.table.selectRow(0)
    assert can() == ["Convert Again…", "Remove from List"]
    page.table.selectAll()
    assert can() == ["Remove from List"]


def test_wishes(qtbot, page, history):
    page.table.selectRow(1)
    (new,) = (one for one in history.files if one.path.name == "new.gguf")
    for button, signal, what in (
        (page.reveal, page.reveal_wanted, new.path),
        (page.again, page.again_wanted, new),
        (page.check, page.check_wanted, new),
        (page.remove, page.remove_wanted, (new.path,)),
    ):
        with qtbot.waitSignal(signal) as told:
            button.click()
        assert told.args == [what]


@pytest.mark.parametrize(("key", "name"), [("Key_Return", "reveal_wanted"), ("Key_Delete", "remove_wanted")])
def test_by_keyboard(qtbot, page, key, name):
    page.table.selectRow(1)
    with qtbot.waitSignal(getattr(page, name)):
        qtbot.keyClick(page.table, getattr(Qt.Key, key))


def test_the_selection_stays_when_a_file_comes(page, history, tmp_path):
    page.table.selectRow(1)
    history.add(finished(tmp_path, "newest.gguf", finished_at=NOON + 99))
    assert [one.path.name for one in page._chosen()] == ["new.gguf"]
    history.note_proof(tmp_path / "new.gguf", Verdict.CLOSE)
    assert [one.verdict for one in page._chosen()] == [Verdict.CLOSE]


def test_sizes_are_sorted_by_bytes(page, history, tmp_path):
    history.add(replace(finished(tmp_path, "large.gguf"), byte_count=2_000_000))
    page.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert cells(page, 0)[0] == "large.gguf"


def test_an_empty_list_says_so(qtbot, page):
    page.show_files((), NOTHING)
    assert page.nothing.isVisible()
    assert not page.table.isVisible()


def test_a_remark_is_shown(qtbot, tmp_path):
    place = tmp_path / "history.json"
    place.write_text("{")
    page = HistoryPage()
    qtbot.addWidget(page)
    page.show_history(History(place))
    assert "was damaged" in page.remark.text()
    assert not page.remark.isHidden()


def test_every_control_has_a_name_and_can_be_reached(page):
    for widget in controls(page):
        assert QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
