"""What is remembered between two starts: recent folders, the window's place, and what a person wants to be usual."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QByteArray, QSettings

from app.core.display_name import display_name

if TYPE_CHECKING:
    from app.core.ggml_types import OutputType

MOST_RECENT = 10
FOLDERS, GEOMETRY, CHECKS, REPORTS = "recent-folders", "geometry", "check-afterwards", "report-beside"
LANGUAGE, WHERE, FOLDER, FORMAT, TEXT_SIZE = "language", "save-in", "save-in-folder", "format", "text-size"
HIDDEN = "hidden-columns"
VERSION_KEY = "version"
Kind = TypeVar("Kind", bound=Enum)
SMALLEST_TEXT, LARGEST_TEXT = 100, 200  # per cent of the system's size


class Where(Enum):
    """Where finished files go."""

    BESIDE = "beside"  # the model
    FOLDER = "folder"  # always the same one
    LM_STUDIO = "lm-studio"


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
    """Reads and writes through QSettings; tests hand in one of their own. What others wrote there is as if unset."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings()
        found = self._store.value(VERSION_KEY, 0, int)
        version = found if isinstance(found, int) and found >= 0 else 0
        for migrate in MIGRATIONS[version:]:
            migrate(self._store)
        if version < len(MIGRATIONS):
            self._store.setValue(VERSION_KEY, len(MIGRATIONS))

    def recents(self) -> list[Recent]:
        """Newest first, without those that are not there now: a disk may come back."""
        return [one for one in self._stored() if one.is_there]

    def add_recent(self, folder: Path, adapters: Sequence[Path] = ()) -> None:
        """Put what is open at the head of the list."""
        newest = Recent(folder.absolute(), tuple(path.absolute() for path in adapters))
        self._keep([newest, *(one for one in self._stored() if one != newest)][:MOST_RECENT])

    def forget_recent(self, recent: Recent) -> None:
        """Take it off the list."""
        self._keep([one for one in self._stored() if one != recent])

    def clear_recents(self) -> None:
        """Forget them all."""
        self._store.remove(FOLDERS)

    def _stored(self) -> list[Recent]:
        try:
            found = json.loads(str(self._store.value(FOLDERS, "[]")))
            return [Recent(Path(folder), tuple(map(Path, adapters))) for folder, *adapters in found]
        except (ValueError, TypeError):
            return []

    def _keep(self, recents: Sequence[Recent]) -> None:
        paths = [[str(one.folder), *map(str, one.adapters)] for one in recents]
        self._store.setValue(FOLDERS, json.dumps(paths))

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

    def reports_beside(self) -> bool:
        """Whether a report is written beside each finished file."""
        return self._store.value(REPORTS, False, bool) is True

    def set_reports_beside(self, reports: bool) -> None:
        """Remember it."""
        self._store.setValue(REPORTS, reports)

    def language(self) -> str:
        """The code of the language that was chosen, such as zh_CN; "" for the system's."""
        return self._text(LANGUAGE)

    def set_language(self, code: str) -> None:
        """Remember it."""
        self._store.setValue(LANGUAGE, code)

    def where(self) -> Where:
        """Where finished files go."""
        return _one_of(Where, self._text(WHERE), Where.BESIDE)

    def set_where(self, where: Where) -> None:
        """Remember it."""
        self._store.setValue(WHERE, where.value)

    def folder(self) -> Path | None:
        """The folder that was chosen for files, whether or not they go there now."""
        found = self._text(FOLDER)
        return Path(found) if found and Path(found).is_absolute() else None

    def set_folder(self, folder: Path) -> None:
        """Remember it."""
        self._store.setValue(FOLDER, str(folder.absolute()))

    def output_type(self) -> "OutputType":
        """The format that a model is shown with first; AUTO for the best match."""
        from app.core.ggml_types import OutputType  # not for a window that is only about to be shown

        return _one_of(OutputType, self._text(FORMAT), OutputType.AUTO)

    def set_output_type(self, kind: "OutputType") -> None:
        """Remember it."""
        self._store.setValue(FORMAT, kind.value)

    def text_size(self) -> int:
        """Per cent of the system's, SMALLEST_TEXT to LARGEST_TEXT."""
        found = self._store.value(TEXT_SIZE, SMALLEST_TEXT, int)
        return min(max(found, SMALLEST_TEXT), LARGEST_TEXT) if isinstance(found, int) else SMALLEST_TEXT

    def set_text_size(self, percent: int) -> None:
        """Remember it."""
        self._store.setValue(TEXT_SIZE, percent)

    def hidden_columns(self) -> list[str]:
        """Names of the columns that are not shown in the table of tensors."""
        return [name for name in self._text(HIDDEN).split(",") if name]

    def set_hidden_columns(self, names: Iterable[str]) -> None:
        """Remember them."""
        self._store.setValue(HIDDEN, ",".join(names))

    def _text(self, key: str) -> str:
        found = self._store.value(key, "")
        return found if isinstance(found, str) else ""


def _one_of(kinds: type[Kind], value: str, usual: Kind) -> Kind:
    try:
        return kinds(value)
    except ValueError:
        return usual


def to_2026_11_30(store: QSettings) -> None:
    """Recent folders were a list of texts, a path or with adapters a JSON list: now one JSON list of lists."""
    value = store.value(FOLDERS)
    texts = value if isinstance(value, list) else [value]  # QSettings reads a list of one as one
    found = [_paths(one) for one in texts if isinstance(one, str)]
    store.setValue(FOLDERS, json.dumps([paths for paths in found if paths]))


def _paths(stored: str) -> list[str]:
    if stored.startswith("/"):
        return [stored]
    try:
        found = json.loads(stored)
    except ValueError:
        return []
    return found if isinstance(found, list) and all(isinstance(one, str) for one in found) else []


MIGRATIONS: tuple[Callable[[QSettings], None], ...] = (to_2026_11_30,)
