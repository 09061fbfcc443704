"""Recent folders and the window's place, remembered."""

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from app.ui.settings import FOLDERS, GEOMETRY, MOST_RECENT, Recent, Settings


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


@pytest.mark.parametrize("stored", ["[]", "[1, 2]", "7", "[", "{}"])
def test_a_list_that_others_wrote_is_no_folder(settings, stored):
    settings._store.setValue(FOLDERS, [stored])
    assert settings.recents() == []
