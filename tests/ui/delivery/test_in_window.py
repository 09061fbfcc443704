"""Bringing a finished file to programs, on the page of its model."""

from threading import Event

import pytest

from app.core.deliver import lm_studio_answer
from app.core.errors import Cancelled
from app.core.ggml_types import OutputType
from app.core.plan import HeadChoice
from app.ui.delivery import delivering as module
from app.ui.delivery.orders import deliver
from tests.ui.driving import DEADLINE, boxes, choose_formats, opened, planned, press


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch):
    monkeypatch.setattr(lm_studio_answer, "LM_STUDIO_PORT", 9)


@pytest.fixture
def finished(qtbot, window, changed_folder, tmp_path):
    """Two files."""
    opened(qtbot, window, changed_folder)
    choose_formats(window, OutputType.AUTO, OutputType.Q8_0)
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    with qtbot.waitSignal(window.workbench.queue.finished, timeout=DEADLINE):
        window.workbench.converting.convert()
    return window


class Held:
    """A delivery goes on until it is let go, or cancelled."""

    def __init__(self):
        self.began, self.go_on, self.was_cancelled = Event(), Event(), Event()

    def __call__(self, order, overwrite, on_progress, is_cancelled):
        self.began.set()
        while not self.go_on.wait(0.01):
            if is_cancelled():
                self.was_cancelled.set()
                raise Cancelled
        return deliver(order, overwrite, on_progress, is_cancelled)


@pytest.fixture
def held(monkeypatch):
    held = Held()
    monkeypatch.setattr(module, "deliver", held)
    yield held
    held.go_on.set()


def panel_of(window):
    panel = window.workbench.page.output.delivery
    assert panel.isVisible()
    return panel


def paths(window):
    return [url.toLocalFile() for url in panel_of(window).drag.mime_data().urls()]


def arrived(qtbot, window):
    qtbot.waitUntil(lambda: not window.workbench.result._delivering.is_busy, timeout=DEADLINE)


def choose_file(window, number):
    files = window.workbench.page.output._done.files
    files.setCurrentIndex(number)
    files.activated.emit(number)


def test_a_finished_file_can_be_brought_to_lm_studio(qtbot, finished, home, tmp_path):
    assert paths(finished) == [str(tmp_path / "mine.gguf")]
    choose_file(finished, 1)
    assert paths(finished) == [str(tmp_path / "mine-Q8_0.gguf")]
    panel_of(finished).lm_studio.click()
    arrived(qtbot, finished)
    (there,) = (home / ".lmstudio/models").rglob("*.gguf")
    assert there.read_bytes() == (tmp_path / "mine-Q8_0.gguf").read_bytes()
    assert panel_of(finished).arrival.said.text().startswith("LM Studio has the file")


def test_what_is_on_its_way_stays_in_sight(qtbot, finished, held, tmp_path):
    panel_of(finished).lm_studio.click()
    qtbot.waitUntil(held.began.is_set, timeout=DEADLINE)
    choose_file(finished, 1)
    assert paths(finished) == [str(tmp_path / "mine.gguf")]
    assert panel_of(finished).arrival.next.text() == "Stop"
    assert not panel_of(finished).lm_studio.isEnabled()
    held.go_on.set()
    arrived(qtbot, finished)
    assert panel_of(finished).arrival.said.text().startswith("LM Studio has the file")
    choose_file(finished, 1)
    assert paths(finished) == [str(tmp_path / "mine-Q8_0.gguf")]
    assert not panel_of(finished).arrival.isVisible()


def test_what_came_of_it_is_still_said_after_a_choice_was_undone(qtbot, finished):
    panel_of(finished).lm_studio.click()
    arrived(qtbot, finished)
    planned(qtbot, finished, lambda: finished.workbench.session.choose(head=HeadChoice.SHARE))
    assert not finished.workbench.page.output.delivery.isVisible()
    planned(qtbot, finished, finished.menus.undo.trigger)
    assert panel_of(finished).arrival.isVisible()


def test_the_next_conversion_begins_anew(qtbot, finished):
    panel_of(finished).lm_studio.click()
    arrived(qtbot, finished)
    finished.menus.convert.trigger()
    with qtbot.waitSignal(finished.workbench.queue.written, timeout=DEADLINE):
        press(finished, "Replace")
    assert not panel_of(finished).arrival.isVisible()


def test_a_model_card_is_written_beside_the_files(qtbot, finished, tmp_path):
    panel_of(finished).card.trigger()
    card = (tmp_path / "README.md").read_text()
    assert "mine.gguf" in card
    assert "mine-Q8\\_0.gguf" in card
    assert "README.md" in panel_of(finished).arrival.said.text()
    (tmp_path / "README.md").write_text("mine")
    panel_of(finished).card.trigger()
    assert "already exists" in boxes(finished)[0].text()
    press(finished, "Cancel")
    assert (tmp_path / "README.md").read_text() == "mine"
    panel_of(finished).card.trigger()
    press(finished, "Replace")
    assert "mine.gguf" in (tmp_path / "README.md").read_text()


def test_closing_stops_what_is_on_its_way(qtbot, finished, held):
    panel_of(finished).lm_studio.click()
    qtbot.waitUntil(held.began.is_set, timeout=DEADLINE)
    finished.close()
    assert not finished.isVisible()
    assert held.was_cancelled.is_set()
