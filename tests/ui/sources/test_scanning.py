"""The Mac is searched at the start, and again when the window comes back after a while."""

from threading import Event

import pytest

from app.core.deliver.models_here import models_here
from app.ui.sources import scanning
from app.ui.sources.scanning import SECONDS_BETWEEN, Scanning
from tests.core.deliver.model_trees import WHOLE, cached, fill


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "MODELSCOPE_CACHE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def search(qtbot, tmp_path, clock):
    fill(tmp_path / "used" / "mine", WHOLE)
    search = Scanning(lambda: [tmp_path / "used"], now=lambda: clock[0])
    yield search
    search.shut_down()


def test_models_are_found(qtbot, search, home):
    cached(home / ".cache/huggingface/hub", "org/name", WHOLE)
    with qtbot.waitSignal(search.found) as told:
        search.start()
    assert [one.name for one in told.args[0]] == ["mine", "org/name"]


def test_again_after_a_while(qtbot, search, clock, home):
    with qtbot.waitSignal(search.found):
        search.start()
    cached(home / ".cache/huggingface/hub", "org/new", WHOLE)
    qtbot.waitUntil(lambda: search._job is None)
    clock[0] = SECONDS_BETWEEN - 1
    search.window_activated()
    assert search._job is None
    clock[0] = SECONDS_BETWEEN
    with qtbot.waitSignal(search.found) as told:
        search.window_activated()
    assert [one.name for one in told.args[0]] == ["mine", "org/new"]


def test_one_at_a_time(qtbot, search, monkeypatch):
    calls, go_on = [], Event()

    def slowly(used, is_cancelled):
        calls.append(used)
        go_on.wait(20)
        return models_here(used, is_cancelled)

    monkeypatch.setattr(scanning, "models_here", slowly)
    search.start()
    search.start()
    search.window_activated()
    with qtbot.waitSignal(search.found):
        go_on.set()
    assert len(calls) == 1


def test_the_end_of_the_program_stops_it(qtbot, search, monkeypatch):
    started = Event()

    def until_cancelled(_, is_cancelled):
        started.set()
        while not is_cancelled():
            pass
        return ()

    monkeypatch.setattr(scanning, "models_here", until_cancelled)
    with qtbot.assertNotEmitted(search.found, wait=50):
        search.start()
        qtbot.waitUntil(started.is_set)
        search.shut_down()
        search.start()


def test_an_error_is_told(qtbot, search, monkeypatch):
    def fail(*_):
        raise RuntimeError("broken")

    monkeypatch.setattr(scanning, "models_here", fail)
    with qtbot.waitSignal(search.failed) as told:
        search.start()
    assert isinstance(told.args[0], RuntimeError)
