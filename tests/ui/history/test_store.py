"""What was made is remembered, whatever becomes of the file that remembers it."""

import json
import os
from dataclasses import replace

import pytest

from app.core.verify.results.report import Verdict
from app.ui.history import store
from app.ui.history.store import MOST_FILES, History
from tests.ui.history.finished import finished, with_everything


@pytest.fixture
def place(tmp_path):
    return tmp_path / "data" / "history.json"


def test_the_first_start(place):
    history = History(place)
    assert (history.files, history.remark) == ((), "")
    assert not place.exists()


def test_what_is_added_is_there_at_the_next_start(qtbot, place, tmp_path):
    history = History(place)
    one, other = with_everything(tmp_path), finished(tmp_path, "other.gguf", verdict=Verdict.CLOSE)
    with qtbot.waitSignals([history.changed] * 2):
        history.add(one)
        history.add(other)
    assert History(place).files == history.files == (other, one)


def test_the_window_does_not_wait_for_the_disk(place, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", pytest.fail)
    History(place).add(finished(tmp_path))
    assert len(History(place).files) == 1


def test_a_file_that_is_made_again_is_listed_once(place, tmp_path):
    history, one = History(place), finished(tmp_path)
    history.add(one)
    history.add(finished(tmp_path, "other.gguf"))
    history.add(again := replace(one, finished_at=one.finished_at + 1))
    assert [found.path.name for found in history.files] == [one.path.name, "other.gguf"]
    assert history.files[0] == again


def test_a_proof_is_remembered(place, tmp_path):
    history, one = History(place), finished(tmp_path)
    history.add(one)
    history.note_proof(one.path, Verdict.SAME, ("cd",))
    assert History(place).find(one.path) == replace(one, verdict=Verdict.SAME, sha256=("cd",))
    history.note_proof(one.path, Verdict.BROKEN)
    assert history.files[0].sha256 == ("cd",)


def test_removing_leaves_the_file(place, tmp_path):
    history, one = History(place), finished(tmp_path)
    history.add(one)
    history.remove([one.path])
    assert History(place).files == ()
    assert one.path.exists()


def test_there_is_an_end(place, tmp_path):
    history, one = History(place), finished(tmp_path)
    history.files = tuple(replace(one, path=tmp_path / str(number)) for number in range(MOST_FILES))
    history.add(one)
    assert len(history.files) == MOST_FILES
    assert history.files[0] == one


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"\xff", b'{"version": "1"}', b'{"version": 1, "files": 7}', b"[" * 9999]
)
def test_a_damaged_list_is_set_aside_and_said(place, tmp_path, content):
    place.parent.mkdir()
    place.write_bytes(content)
    history = History(place)
    assert history.files == ()
    assert "was damaged" in history.remark
    assert place.with_name("history-damaged.json").read_bytes() == content
    history.add(one := finished(tmp_path))
    assert History(place).files == (one,)


@pytest.mark.parametrize(
    "change", [{"path": "relative"}, {"byte_count": "1"}, {"verdict": "FINE"}, {"adapters": [1]}, {"options": {}}]
)
def test_an_entry_that_is_none_is_passed_over(place, tmp_path, change):
    history = History(place)
    history.add(finished(tmp_path))
    history.add(finished(tmp_path, "other.gguf"))
    data = json.loads(place.read_text())
    data["files"][1].update(change)
    data["files"].append(7)
    place.write_text(json.dumps(data))
    found = History(place)
    assert [one.path.name for one in found.files] == ["other.gguf"]
    assert found.remark == ""


def test_a_list_of_a_newer_version_is_kept(place, tmp_path):
    place.parent.mkdir()
    place.write_text(newer := json.dumps({"version": 99, "new": True}))
    history = History(place)
    assert "newer version" in history.remark
    history.add(finished(tmp_path))
    assert place.read_text() == newer


def test_an_older_list_is_read(place, tmp_path, monkeypatch):
    """As the second version will read the first."""
    history = History(place)
    history.add(one := finished(tmp_path))

    def to_another_day(data):
        return {**data, "files": [{**found, "source_name": found["source_name"].upper()} for found in data["files"]]}

    monkeypatch.setattr(store, "MIGRATIONS", (to_another_day,))
    monkeypatch.setattr(store, "VERSION", 2)
    found = History(place)
    assert found.files == (replace(one, source_name="MY-MODEL"),)
    found.note_proof(one.path, Verdict.SAME)
    assert json.loads(place.read_text())["version"] == 2


def test_a_list_that_cannot_be_saved(place, tmp_path):
    place.parent.write_text("in the way")
    history = History(place)
    history.add(one := finished(tmp_path))
    assert history.files == (one,)
    assert history.remark


def test_a_name_that_is_no_text_does_not_spoil_the_list(place, tmp_path):
    history, one = History(place), finished(tmp_path)
    history.add(one)
    history.add(replace(one, path=tmp_path / "\udcff.gguf"))
    assert History(place).files == (one,)
