"""A home in which LM Studio has run, and a finished file."""

import pytest

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
