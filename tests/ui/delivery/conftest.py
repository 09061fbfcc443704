"""A home with LM Studio in it, finished files, and programs to bring them to."""

import shutil

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.plan import PlanOptions
from app.ui.delivery.delivering import Delivering
from app.ui.history.finished_file import FinishedFile
from tests.ui.history.finished import NOON


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    (folder / ".lmstudio").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USER", "somebody")
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    for name in ("HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MODELSCOPE_CACHE"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture(scope="session")
def made_gguf(tied_folder, tmp_path_factory):
    """The tiny Gemma as a file."""
    plan = prepare_plan(open_checkpoint(tied_folder), PlanOptions())
    return convert(plan, tmp_path_factory.mktemp("made") / "tiny-BF16.gguf").path


@pytest.fixture
def file(made_gguf, tmp_path):
    """A copy of this test's own."""
    path = shutil.copy(made_gguf, tmp_path / made_gguf.name)
    return FinishedFile(path, path.stat().st_size, NOON, tmp_path / "tiny", "tiny", type_name="BF16")


@pytest.fixture
def delivering(qtbot):
    """Nothing of it is left."""
    found = Delivering()
    yield found
    found.shut_down()
