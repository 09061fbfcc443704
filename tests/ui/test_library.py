"""The side bar, the list of finished files and what is remembered tell the same story."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.history.history_columns import PROOF
from app.ui.history.store import History
from app.ui.library import Library
from app.ui.settings import Recent
from app.ui.sources.source_model import ROW_ROLE
from tests.core.deliver.model_trees import WHOLE, cached, fill
from tests.ui.history.finished import finished


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "MODELSCOPE_CACHE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture
def library(qtbot, settings, tmp_path, home):
    fill(tmp_path / "mine", WHOLE)
    cached(home / ".cache/huggingface/hub", "org/theirs", WHOLE)
    settings.add_recent(tmp_path / "mine")
    history = History(tmp_path / "history.json")
    history.add(finished(tmp_path, "a.gguf"))
    window = QWidget()
    library = Library(window, settings, history)
    for widget in (library.side_bar, library.history_page):
        qtbot.addWidget(widget)
        widget.show()
    qtbot.addWidget(window)
    with qtbot.waitSignal(library.scanning.found):
        library.start()
        window.show()  # more is looked for when it is seen
    yield library
    library.shut_down()


def lines(library):
    return [index.data(ROW_ROLE).name for index in library.side_bar.tree.lines()]


def index_of(library, name):
    return next(index for index in library.side_bar.tree.lines() if index.data(ROW_ROLE).name == name)


def test_all_that_is_known_is_shown(library):
    assert lines(library) == ["mine", "theirs", "a.gguf"]
    assert library.history_page.model.rowCount() == 1


def test_what_is_opened_has_a_line_that_is_selected(qtbot, library, settings, tmp_path):
    fill(tmp_path / "other", WHOLE)
    settings.add_recent(tmp_path / "other")
    library.note_opened(tmp_path / "other")
    qtbot.waitUntil(lambda: lines(library)[:2] == ["mine", "other"])
    assert [row.name for row in library.side_bar.tree.selected()] == ["other"]


def test_what_is_finished_has_a_line(library, tmp_path):
    library.history.add(finished(tmp_path, "b.gguf"))
    assert lines(library)[-2:] == ["b.gguf", "a.gguf"]


def test_a_file_is_found_in_the_list(qtbot, library, tmp_path):
    library.history.add(finished(tmp_path, "b.gguf"))
    with qtbot.waitSignal(library.file_wanted):
        library.side_bar.tree.choose(index_of(library, "a.gguf"))
    assert [one.path.name for one in library.history_page._chosen()] == ["a.gguf"]


def test_what_is_forgotten_is_forgotten_everywhere(qtbot, library, settings, tmp_path):
    library.side_bar.tree.select(index_of(library, "a.gguf"))
    qtbot.keyClick(library.side_bar.tree, Qt.Key.Key_Delete)
    assert library.history.files == ()
    assert library.history_page.model.rowCount() == 0
    library.side_bar.tree.select(index_of(library, "mine"))
    with qtbot.waitSignal(library.recents_changed):
        qtbot.keyClick(library.side_bar.tree, Qt.Key.Key_Delete)
    assert Recent(tmp_path / "mine") not in settings.recents()


def test_wishes_are_passed_on(qtbot, library, tmp_path, revealed):
    with qtbot.waitSignal(library.open_wanted) as told:
        library.side_bar.tree.choose(index_of(library, "mine"))
    assert told.args == [tmp_path / "mine", ()]
    with qtbot.waitSignal(library.choose_wanted):
        library.side_bar.open_button.click()
    library.side_bar.reveal_wanted.emit(tmp_path / "mine")
    library.history_page.reveal_wanted.emit(tmp_path / "a.gguf")
    assert revealed == [tmp_path / "mine", tmp_path / "a.gguf"]


def test_when_the_window_comes_to_the_front_what_went_away_is_seen(library, tmp_path):
    (tmp_path / "a.gguf").unlink()
    QApplication.sendEvent(library.parent(), QEvent(QEvent.Type.WindowActivate))
    assert index_of(library, "a.gguf").data(ROW_ROLE).is_quiet
    assert library.history_page.table.model().index(0, PROOF).data() == "Moved or changed"
