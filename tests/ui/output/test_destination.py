"""Where files go when nobody says otherwise: beside the model, but never into a cache nor where the program started."""

from pathlib import Path

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import prepare_plan
from app.core.plan import PlanOptions
from app.ui.output.destination import Destination
from app.ui.preferences.places import Places
from tests.core.deliver.model_trees import cached
from tests.ui.driving import drop, opened, ready


@pytest.fixture
def home(monkeypatch, tmp_path):
    """A home with Downloads, and a program that was started somewhere else."""
    home = tmp_path / "home"
    (home / "Downloads").mkdir(parents=True)
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return home


@pytest.fixture
def usual(settings):
    """What the settings say at first."""
    return Places(settings).usual


def place(folder):
    checkpoint = open_checkpoint(folder)
    return checkpoint, prepare_plan(checkpoint, PlanOptions())


def test_beside_the_model(home, tied_folder, usual):
    assert usual(*place(tied_folder)) == tied_folder.parent


@pytest.fixture
def snapshot(home, tied_folder, tmp_path):
    return cached(tmp_path / "hub", "org/my-model", {path.name: path.read_bytes() for path in tied_folder.iterdir()})


def test_a_model_in_the_cache_goes_to_downloads(home, snapshot, usual):
    checkpoint, plan = place(snapshot)
    (target,) = Destination().targets(checkpoint, (plan,), usual)
    assert target == home / "Downloads" / "my-model-BF16.gguf"


def test_without_downloads_it_is_the_home(home, snapshot, usual):
    (home / "Downloads").rmdir()
    assert usual(*place(snapshot)) == home


def test_a_folder_that_may_not_be_written_beside_is_like_a_cache(home, tied_folder, monkeypatch, usual):
    monkeypatch.setattr("os.access", lambda path, _: Path(path) != tied_folder.parent)
    assert usual(*place(tied_folder)) == home / "Downloads"


def test_a_chosen_folder_counts(home, snapshot, tmp_path, usual):
    checkpoint, plan = place(snapshot)
    chosen = Destination()
    chosen.choose_folder(tmp_path)
    assert chosen.targets(checkpoint, (plan,), usual) == (tmp_path / "my-model-BF16.gguf",)
    chosen.choose(tmp_path / "mine.gguf", tmp_path / "my-model-BF16.gguf")
    assert chosen.targets(checkpoint, (plan,), usual) == (tmp_path / "mine.gguf",)


def test_a_repository_in_the_cache_opens_its_snapshot(qtbot, window, home, snapshot):
    """It is what a person sees in Finder, and drops."""
    assert drop(window, snapshot.parents[1])
    ready(qtbot, window)
    assert window.workbench.session.checkpoint.folder == snapshot
    assert window.windowTitle() == "my-model"
    assert window.workbench.converting.targets()[0].parent == home / "Downloads"
    assert [recent.name for recent in window.settings.recents()] == ["my-model"]
    opened(qtbot, window, snapshot.parents[1])  # as File > Open does it
    assert window.workbench.session.checkpoint.folder == snapshot
