"""A home in which LM Studio has run, finished files, an Ollama to bring them to."""

import shutil

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.plan import PlanOptions
from tests.core.deliver.finished_file import finished_file

VARIABLES = ("HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MODELSCOPE_CACHE")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    (folder / ".lmstudio").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USER", "somebody")
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def models(home):
    return home / ".lmstudio" / "models"


@pytest.fixture
def file(tmp_path):
    return finished_file(tmp_path / "mine" / "my-model-Q8_0.gguf")


@pytest.fixture(scope="session")
def made_gguf(tied_folder, tmp_path_factory):
    """The tiny Gemma as a file."""
    plan = prepare_plan(open_checkpoint(tied_folder), PlanOptions())
    return convert(plan, tmp_path_factory.mktemp("made") / "Tiny Gemma-BF16.gguf").path


@pytest.fixture
def gguf(made_gguf, tmp_path):
    """A copy of this test's own."""
    return shutil.copy(made_gguf, tmp_path / made_gguf.name)
