"""What is remembered between two starts: recent folders and the window's place."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

MOST_RECENT = 10
FOLDERS, GEOMETRY = "recent-folders", "geometry"


class Settings:
    """Reads and writes through QSettings; tests hand in one of their own."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings()

    def recent_folders(self) -> list[Path]:
        """Newest first, without those that are not there now: a disk may come back."""
        return [folder for folder in self._stored_folders() if _is_there(folder)]

    def add_recent_folder(self, folder: Path) -> None:
        """Put a folder at the head of the list."""
        folder = folder.absolute()
        others = [path for path in self._stored_folders() if path != folder]
        self._store.setValue(FOLDERS, [str(path) for path in [folder, *others][:MOST_RECENT]])

    def _stored_folders(self) -> list[Path]:
        value = self._store.value(FOLDERS)
        texts = value if isinstance(value, list) else [value]  # QSettings reads a list of one as one
        return [Path(text) for text in texts if isinstance(text, str)]

    def clear_recent_folders(self) -> None:
        """Forget them all."""
        self._store.remove(FOLDERS)

    def geometry(self) -> QByteArray | None:
        """The window's size and place, None at the first start."""
        value = self._store.value(GEOMETRY)
        return value if isinstance(value, QByteArray) else None

    def set_geometry(self, geometry: QByteArray) -> None:
        """Remember size and place."""
        self._store.setValue(GEOMETRY, geometry)


def _is_there(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:  # no permission to look
        return False
