"""What stands in the side bar, in which section, in which order."""

import pytest

from app.core.deliver.models_here import Place
from app.core.verify.results.report import Verdict
from app.ui.proof.tones import Tone
from app.ui.settings import Recent
from app.ui.sources import source_row
from app.ui.sources.source_row import MOST_FILES, Group, in_sections, model_rows
from tests.ui.history.finished import finished
from tests.ui.sources.made import adapter, model


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "MODELSCOPE_CACHE"):
        monkeypatch.delenv(name, raising=False)


def rows_of(models, recents, files):
    return in_sections(model_rows(models, recents), files)


def names(rows):
    return {group: [row.name for row in found] for group, found in rows.items()}


def test_sections_in_their_order(tmp_path):
    models = [
        adapter("tune", tmp_path / "tune"),
        model("a/scope", tmp_path / "scope", Place.MODELSCOPE),
        model("b/Zeta", tmp_path / "zeta"),
        model("c/alpha", tmp_path / "alpha"),
        model("d/studio", tmp_path / "studio", Place.LM_STUDIO),
        model("mine", tmp_path / "mine", Place.FOLDER),
    ]
    rows = rows_of(models, [], [finished(tmp_path)])
    assert list(rows) == list(Group)
    assert names(rows)[Group.HUB] == ["alpha", "Zeta"]
    assert names(rows)[Group.ADAPTERS] == ["tune"]


def test_what_is_said_beside_a_name(tmp_path):
    file = tmp_path / "a.gguf"
    rows = rows_of([model("a/b", tmp_path / "b", gguf=(file,)), adapter("t", tmp_path / "t")], [], [])
    (one,), (tune,) = rows[Group.HUB], rows[Group.ADAPTERS]
    assert one.details == ("4-bit · 2.30 GB", "2.30 GB")
    assert one.has_file
    assert one.told == "b, 4-bit · 2.30 GB, a GGUF file of it is here"
    assert tune.details == ("on Qwen3-4B-4bit",)
    assert tune.can_convert


def test_half_a_download_is_quiet(tmp_path):
    (one,) = rows_of([model("a/b", tmp_path / "b", is_complete=False)], [], [])[Group.HUB]
    assert one.is_quiet
    assert not one.can_convert
    assert "download not complete" in one.told


def test_names_that_are_there_twice_are_told_apart(tmp_path):
    models = [
        model("a/same", tmp_path / "1"),
        model("b/same", tmp_path / "2"),
        model("own", tmp_path / "x" / "own", Place.FOLDER),
        model("own", tmp_path / "y" / "own", Place.FOLDER),
    ]
    rows = names(rows_of(models, [], []))
    assert rows[Group.HUB] == ["a/same", "b/same"]
    assert rows[Group.FOLDERS] == ["own – x", "own – y"]


def test_recent_folders(tmp_path):
    here = model("here", tmp_path / "here", Place.FOLDER)
    recents = [Recent(tmp_path / "here"), Recent(tmp_path / "new"), Recent(tmp_path / "new", (tmp_path / "t" / "a",))]
    here_row, new, tuned = rows_of([here], recents, [])[Group.FOLDERS]
    assert (here_row.name, here_row.details[1], here_row.recent) == ("here", "2.30 GB", recents[0])
    assert (new.name, new.details, new.can_remove) == ("new", (), True)
    assert (tuned.name, tuned.adapters) == ("new + t", (tmp_path / "t" / "a",))


def test_a_recent_model_of_another_program_stays_in_its_section(tmp_path):
    folder = tmp_path / "home/.cache/huggingface/hub/models--a--b/snapshots/c"
    recent = Recent(folder)
    assert rows_of([], [recent], []) == {}
    (row,) = rows_of([model("a/b", folder)], [recent], [])[Group.HUB]
    assert row.can_remove


def test_recent_files(tmp_path):
    old, gone = finished(tmp_path, "old.gguf", verdict=Verdict.SAME), finished(tmp_path, "gone.gguf")
    gone.path.unlink()
    first, second = rows_of([], [], [gone, old])[Group.FILES]
    assert (first.name, first.is_quiet, first.sign) == ("gone.gguf", True, None)
    assert (second.details, second.sign, second.is_quiet) == (("from my-model",), Tone.GOOD, False)
    assert "The same" in second.told
    assert not second.can_convert
    assert second.can_remove
    assert len(rows_of([], [], [old] * 20)[Group.FILES]) == MOST_FILES


def test_no_folder_of_a_model_is_asked_for(tmp_path, monkeypatch):
    """Five hundred of them would make the window wait; the search knows where they truly lie."""
    models = [model("a/b", tmp_path / "b"), model("c/d", tmp_path / "d")]
    monkeypatch.setattr(source_row, "realpath", lambda _: pytest.fail("asked"))
    assert names(rows_of(models, [], [])) == {Group.HUB: ["b", "d"]}
