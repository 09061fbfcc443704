"""What is remembered between two starts: recent folders, the window's place, whether files are checked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from app.core.checkpoint.folder import display_name

MOST_RECENT = 10
FOLDERS, GEOMETRY, CHECKS = "recent-folders", "geometry", "check-afterwards"


@dataclass(frozen=True)
class Recent:
    """What was open: a model folder, and the files of the adapters that were added to it."""

    folder: Path
    adapters: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """'base', or 'base + adapter'."""
        return " + ".join((display_name(self.folder), *(path.parent.name for path in self.adapters)))

    @property
    def is_there(self) -> bool:
        """Whether all of it can be opened now."""
        try:
            return self.folder.is_dir() and all(path.exists() for path in self.adapters)
        except OSError:  # no permission to look
            return False


class Settings:
    """Reads and writes through QSettings; tests hand in one of their own."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings()

    def recents(self) -> list[Recent]:
        """Newest first, without those that are not there now: a disk may come back."""
        return [one for one in self._stored() if one.is_there]

    def add_recent(self, folder: Path, adapters: Sequence[Path] = ()) -> None:
        """Put what is open at the head of the list."""
        newest = Recent(folder.absolute(), tuple(path.absolute() for path in adapters))
        others = [one for one in self._stored() if one != newest]
        self._store.setValue(FOLDERS, [_as_text(one) for one in [newest, *others][:MOST_RECENT]])

    def _stored(self) -> list[Recent]:
        value = self._store.value(FOLDERS)
        texts = value if isinstance(value, list) else [value]  # QSettings reads a list of one as one
        return [_from_text(text) for text in texts if isinstance(text, str)]

    def clear_recents(self) -> None:
        """Forget them all."""
        self._store.remove(FOLDERS)

    def geometry(self) -> QByteArray | None:
        """The window's size and place, None at the first start."""
        value = self._store.value(GEOMETRY)
        return value if isinstance(value, QByteArray) else None

    def set_geometry(self, geometry: QByteArray) -> None:
        """Remember size and place."""
        self._store.setValue(GEOMETRY, geometry)

    def checks_afterwards(self) -> bool:
        """Whether a finished file is checked without being asked."""
        return self._store.value(CHECKS, False, bool) is True

    def set_checks_afterwards(self, checks: bool) -> None:
        """Remember it."""
        self._store.setValue(CHECKS, checks)


def _as_text(recent: Recent) -> str:
    """A path; with adapters a list in JSON, which no absolute path looks like."""
    return json.dumps([str(recent.folder), *map(str, recent.adapters)]) if recent.adapters else str(recent.folder)


def _from_text(stored: str) -> Recent:
    try:
        folder, *adapters = map(Path, json.loads(stored))
    except (ValueError, TypeError):
        return Recent(Path(stored))
    return Recent(folder, tuple(adapters))
