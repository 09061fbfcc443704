"""Where files go: never into a cache, never into the working folder by chance."""

import os

import pytest

from app.core.deliver.own_places import is_for_new_files, usual_folder
from app.core.resources import SAMPLE, resource_path
from app.ui.preferences.places import Places
from app.ui.settings import Where

VARIABLES = ("HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MODELSCOPE_CACHE")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    home = tmp_path / "home"
    for folder in ("Downloads", "models/mine", ".lmstudio/models/org/theirs", "elsewhere"):
        (home / folder).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USER", "me")
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(home / "elsewhere")
    return home


@pytest.fixture
def places(settings):
    return Places(settings)


def snapshot(home):
    folder = home / ".cache/huggingface/hub/models--org--name/snapshots/abc"
    folder.mkdir(parents=True)
    return folder


def test_beside_the_model(places, home):
    assert places.folder_for("a.gguf", home / "models/mine") == home / "models"


def test_beside_the_adapter_whose_base_is_in_a_cache(places, home):
    file = home / "models/tune/adapters.safetensors"
    assert places.folder_for("a.gguf", snapshot(home), (file,)) == home / "models"
    inside = home / "models/mine/adapters/adapters.safetensors"
    assert places.folder_for("a.gguf", home / "models/mine", (inside,)) == home / "models"


@pytest.mark.parametrize(
    "place", ["hub", "hub elsewhere", "LM Studio", "ModelScope", "program", "not writable", "gone"]
)
def test_never_into_what_programs_keep(places, home, monkeypatch, place):
    source = {
        "hub": lambda: snapshot(home),
        "hub elsewhere": lambda: home / "hub" / "models--a--b" / "snapshots" / "c",
        "LM Studio": lambda: home / ".lmstudio/models/org/theirs",
        "ModelScope": lambda: home / "scope/models/org/theirs",
        "program": lambda: resource_path(SAMPLE),
        "not writable": lambda: home / "models/mine",
        "gone": lambda: home / "no" / "model",
    }[place]()
    monkeypatch.setenv("MODELSCOPE_CACHE", str(home / "scope"))
    if "elsewhere" in place:
        monkeypatch.setenv("HF_HUB_CACHE", str(home / "hub"))
    if place == "not writable":
        real = os.access
        monkeypatch.setattr(os, "access", lambda path, mode: path != home / "models" and real(path, mode))
    elif place not in ("program", "gone"):
        source.mkdir(parents=True, exist_ok=True)
    assert places.folder_for("a.gguf", source) == home / "Downloads"


def test_a_link_to_a_cache_is_one(home):
    snapshot(home)
    (home / "link").symlink_to(home / ".cache/huggingface/hub")
    assert not is_for_new_files(home / "link")
    assert is_for_new_files(home / "models")


def test_a_chosen_folder_stands_in_for_beside_too(places, settings, home):
    settings.set_folder(home / "elsewhere")
    assert places.folder_for("a.gguf", home / "models/mine") == home / "models"
    assert places.folder_for("a.gguf", snapshot(home)) == home / "elsewhere"


def test_always_the_same_folder(places, settings, home):
    settings.set_folder(home / "disk that is away")
    settings.set_where(Where.FOLDER)
    assert places.folder_for("a.gguf", home / "models/mine") == home / "disk that is away"


def test_into_lm_studio(places, settings, home):
    settings.set_where(Where.LM_STUDIO)
    found = places.folder_for("mine-Q8_0.gguf", home / "models/mine")
    assert found == home / ".lmstudio/models/me/mine"


def test_lm_studio_was_removed(places, settings, home):
    settings.set_where(Where.LM_STUDIO)
    (home / ".lmstudio").rename(home / "gone")
    assert places.folder_for("a.gguf", home / "models/mine") == home / "models"


def test_without_downloads(home):
    (home / "Downloads").rmdir()
    assert usual_folder() == home
