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
        """Newest first; without those that are gone."""
        value = self._store.value(FOLDERS)
        texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []  # one is no list
        return [Path(text) for text in texts if Path(text).is_dir()]

    def add_recent_folder(self, folder: Path) -> None:
        """Put a folder at the head of the list."""
        others = [path for path in self.recent_folders() if path != folder]
        self._store.setValue(FOLDERS, [str(path) for path in [folder, *others][:MOST_RECENT]])

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
