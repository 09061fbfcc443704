"""Recent folders and the window's place, remembered."""

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from app.core.ggml_types import OutputType
from app.ui import settings as module
from app.ui.settings import (
    FOLDER,
    FOLDERS,
    FORMAT,
    GEOMETRY,
    LANGUAGE,
    LARGEST_TEXT,
    MIGRATIONS,
    MOST_RECENT,
    TEXT_SIZE,
    VERSION_KEY,
    WHERE,
    Recent,
    Settings,
    Where,
)


def again(settings):
    """Settings as the next start reads them from the file."""
    settings._store.sync()
    return Settings(QSettings(settings._store.fileName(), QSettings.Format.IniFormat))


def test_newest_first_without_doubles_and_without_what_is_gone(settings, tmp_path):
    folders = [tmp_path / str(n) for n in range(12)]
    for folder in folders:
        folder.mkdir()
        settings.add_recent(folder)
    settings.add_recent(folders[5])
    folders[11].rmdir()
    recent = [one.folder for one in settings.recents()]
    assert recent[0] == folders[5]
    assert recent[1] == folders[10]
    assert len(recent) == len(set(recent)) == 9


def test_the_first_start(settings):
    assert settings.recents() == []
    assert settings.geometry() is None


@pytest.mark.parametrize("names", [["one"], ["a, b", "ünï & co", "-x=1; %20"]])
def test_folders_survive_a_restart(settings, tmp_path, names):
    for name in names:
        (tmp_path / name).mkdir()
        settings.add_recent(tmp_path / name)
    assert [one.name for one in again(settings).recents()] == names[::-1]


def test_a_folder_comes_back_with_its_disk(settings, tmp_path):
    disk, other = tmp_path / "disk", tmp_path / "other"
    other.mkdir()
    settings.add_recent(disk)
    settings.add_recent(other)
    assert settings.recents() == [Recent(other)]
    disk.mkdir()
    assert settings.recents() == [Recent(other), Recent(disk)]


def test_the_list_stays_short(settings, tmp_path):
    for number in range(MOST_RECENT + 2):
        settings.add_recent(tmp_path / str(number))
    assert len(settings._stored()) == MOST_RECENT


def test_a_relative_path_is_found_from_anywhere(settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    settings.add_recent(Path("model"))
    assert settings.recents() == [Recent(tmp_path / "model")]


def test_clearing(settings, tmp_path):
    settings.add_recent(tmp_path)
    settings.clear_recents()
    assert again(settings).recents() == []


def test_the_geometry_survives_a_restart(settings):
    settings.set_geometry(QByteArray(b"\x01\xd9\xd0\xcb\x00"))
    assert again(settings).geometry() == QByteArray(b"\x01\xd9\xd0\xcb\x00")


def test_what_others_wrote_into_the_file_is_ignored(settings):
    settings._store.setValue(FOLDERS, 7)
    settings._store.setValue(GEOMETRY, "large")
    assert settings.recents() == []
    assert settings.geometry() is None


def test_adapters_are_remembered_with_their_base(settings, tmp_path):
    base, file = tmp_path / "base", tmp_path / "my, ünï [tune]" / "adapters.safetensors"
    for folder in (base, file.parent):
        folder.mkdir()
    file.touch()
    settings.add_recent(base)
    settings.add_recent(base, [file])
    assert again(settings).recents() == [Recent(base, (file,)), Recent(base)]
    assert settings.recents()[0].name == "base + my, ünï [tune]"
    file.unlink()
    assert settings.recents() == [Recent(base)]


@pytest.mark.parametrize("stored", ["[[]]", "[1, 2]", "7", "[", "{}", "[[7]]", "null"])
def test_a_list_that_others_wrote_is_no_folder(settings, stored):
    settings._store.setValue(FOLDERS, stored)
    assert settings.recents() == []


def test_a_folder_is_forgotten(settings, tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        settings.add_recent(tmp_path / name)
    settings.forget_recent(Recent(tmp_path / "b"))
    assert again(settings).recents() == [Recent(tmp_path / "a")]


def test_what_is_usual_at_first(settings):
    assert settings.language() == ""
    assert settings.where() is Where.BESIDE
    assert settings.folder() is None
    assert settings.output_type() is OutputType.AUTO
    assert settings.text_size() == 100
    assert not settings.checks_afterwards()
    assert not settings.reports_beside()


def test_what_is_chosen_survives_a_restart(settings, tmp_path):
    settings.set_language("zh_CN")
    settings.set_where(Where.LM_STUDIO)
    settings.set_folder(tmp_path)
    settings.set_output_type(OutputType.Q4_K_M)
    settings.set_text_size(150)
    settings.set_checks_afterwards(True)
    settings.set_reports_beside(True)
    found = again(settings)
    assert (found.language(), found.where(), found.folder()) == ("zh_CN", Where.LM_STUDIO, tmp_path)
    assert (found.output_type(), found.text_size()) == (OutputType.Q4_K_M, 150)
    assert found.checks_afterwards()
    assert found.reports_beside()


@pytest.mark.parametrize("key", [LANGUAGE, WHERE, FOLDER, FORMAT, TEXT_SIZE])
@pytest.mark.parametrize("value", [7, "relative", "99999", ["a", "b"], b"x"])
def test_what_others_wrote_is_as_if_unset(settings, key, value):
    settings._store.setValue(key, value)
    found = again(settings)
    assert found.where() is Where.BESIDE
    assert found.folder() is None
    assert found.output_type() is OutputType.AUTO
    assert 100 <= found.text_size() <= LARGEST_TEXT
    assert isinstance(found.language(), str)


# ---- older versions; each migration has a test named after it


def unversioned(settings, value):
    """A store as it was before there were versions."""
    settings._store.remove(VERSION_KEY)
    settings._store.setValue(FOLDERS, value)
    return again(settings)


def test_to_2026_11_30(settings, tmp_path):
    base, file = tmp_path / "base", tmp_path / "tune" / "adapters.safetensors"
    for folder in (base, file.parent):
        folder.mkdir()
    file.touch()
    found = unversioned(settings, [f'["{base}", "{file}"]', str(base), "7", "[", "relative"])
    assert found.recents() == [Recent(base, (file,)), Recent(base)]
    assert again(found).recents() == found.recents()
    assert unversioned(settings, [str(base)]).recents() == [Recent(base)]
    assert unversioned(settings, 7).recents() == []


def test_every_migration_has_a_test():
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_to_")}
    assert tests == {one.__name__ for one in MIGRATIONS}


def test_migrations_run_once(settings, monkeypatch):
    ran = []
    monkeypatch.setattr(module, "MIGRATIONS", (*MIGRATIONS, lambda store: ran.append(store)))
    again(again(settings))
    assert len(ran) == 1
