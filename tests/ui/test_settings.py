"""Recent folders and the window's place, remembered."""

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from app.ui.settings import FOLDERS, GEOMETRY, MOST_RECENT, Settings


def again(settings):
    """Settings as the next start reads them from the file."""
    settings._store.sync()
    return Settings(QSettings(settings._store.fileName(), QSettings.Format.IniFormat))


def test_newest_first_without_doubles_and_without_what_is_gone(settings, tmp_path):
    folders = [tmp_path / str(n) for n in range(12)]
    for folder in folders:
        folder.mkdir()
        settings.add_recent_folder(folder)
    settings.add_recent_folder(folders[5])
    folders[11].rmdir()
    recent = settings.recent_folders()
    assert recent[0] == folders[5]
    assert recent[1] == folders[10]
    assert len(recent) == len(set(recent)) == 9


def test_the_first_start(settings):
    assert settings.recent_folders() == []
    assert settings.geometry() is None


@pytest.mark.parametrize("names", [["one"], ["a, b", "ünï & co", "-x=1; %20"]])
def test_folders_survive_a_restart(settings, tmp_path, names):
    for name in names:
        (tmp_path / name).mkdir()
        settings.add_recent_folder(tmp_path / name)
    assert [folder.name for folder in again(settings).recent_folders()] == names[::-1]


def test_a_folder_comes_back_with_its_disk(settings, tmp_path):
    disk, other = tmp_path / "disk", tmp_path / "other"
    other.mkdir()
    settings.add_recent_folder(disk)
    settings.add_recent_folder(other)
    assert settings.recent_folders() == [other]
    disk.mkdir()
    assert settings.recent_folders() == [other, disk]


def test_the_list_stays_short(settings, tmp_path):
    for number in range(MOST_RECENT + 2):
        settings.add_recent_folder(tmp_path / str(number))
    assert len(settings._stored_folders()) == MOST_RECENT


def test_a_relative_path_is_found_from_anywhere(settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    settings.add_recent_folder(Path("model"))
    assert settings.recent_folders() == [tmp_path / "model"]


def test_clearing(settings, tmp_path):
    settings.add_recent_folder(tmp_path)
    settings.clear_recent_folders()
    assert again(settings).recent_folders() == []


def test_the_geometry_survives_a_restart(settings):
    settings.set_geometry(QByteArray(b"\x01\xd9\xd0\xcb\x00"))
    assert again(settings).geometry() == QByteArray(b"\x01\xd9\xd0\xcb\x00")


def test_what_others_wrote_into_the_file_is_ignored(settings):
    settings._store.setValue(FOLDERS, 7)
    settings._store.setValue(GEOMETRY, "large")
    assert settings.recent_folders() == []
    assert settings.geometry() is None
