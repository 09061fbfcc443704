"""The finished files that are remembered, the newest first: one small file, which is replaced as a whole."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QStandardPaths, Signal

from app.core.checkpoint.json_files import UnreadableJsonError, parse_object
from app.core.convert.part_file import write_text
from app.core.errors import AppError
from app.core.system_reasons import system_reason
from app.core.text import NOTHING, Text, text
from app.core.verify.results.report import Verdict
from app.ui.history.finished_file import FinishedFile
from app.ui.history.stored_file import as_data, from_data

MOST_FILES = 500
LONGEST = 16 << 20  # bytes; 500 files with choices for a thousand tensors each
NAME = "history.json"
VERSION_KEY, FILES_KEY = "version", "files"

# What each version changes in the data of the one before it, the oldest first; named by their day
MIGRATIONS: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = ()
VERSION = len(MIGRATIONS) + 1


def usual_place() -> Path:
    """Where the system keeps a program's own data."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)) / NAME


class History(QObject):
    """Emits `changed` whenever the list has.

    `remark` is what a person should know of the list: that it was damaged, or cannot be kept.
    """

    changed = Signal()

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path or usual_place()
        self._may_write = True
        self.remark: Text = NOTHING
        self.files: tuple[FinishedFile, ...] = self._read()

    def add(self, one: FinishedFile) -> None:
        """The newest; an older one in its place is gone."""
        self._set([one, *(other for other in self.files if other.path != one.path)][:MOST_FILES])

    def remove(self, paths: Sequence[Path]) -> None:
        """Forget them; the files themselves stay."""
        self._set([one for one in self.files if one.path not in paths])

    def note_proof(self, path: Path, verdict: Verdict, sha256: Sequence[str] = ()) -> None:
        """What a check of the file has found."""
        self._set(
            [
                replace(one, verdict=verdict, sha256=tuple(sha256) or one.sha256) if one.path == path else one
                for one in self.files
            ]
        )

    def find(self, path: Path) -> FinishedFile | None:
        """The entry of this file."""
        return next((one for one in self.files if one.path == path), None)

    def _set(self, files: Sequence[FinishedFile]) -> None:
        if tuple(files) == self.files:
            return
        self.files = tuple(files)
        self._write()
        self.changed.emit()

    def _write(self) -> None:
        if not self._may_write:
            return
        data = {VERSION_KEY: VERSION, FILES_KEY: [one for one in map(as_data, self.files) if _is_text(one)]}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # the window would wait, too, a tenth of a second behind a model; a damaged list is set aside
            write_text(self._path, json.dumps(data, ensure_ascii=True, indent=1), waits=False)
        except (AppError, OSError) as error:
            reason = error.message if isinstance(error, AppError) else system_reason(error)
            self.remark = text("The list of finished files could not be saved: {reason}", reason=reason)

    def _read(self) -> tuple[FinishedFile, ...]:
        try:
            with self._path.open("rb") as stream:
                data = parse_object(stream.read(LONGEST))
        except FileNotFoundError:
            return ()
        except OSError as error:
            self._may_write = False
            self.remark = text("The list of finished files cannot be read: {reason}.", reason=system_reason(error))
            return ()
        except UnreadableJsonError:
            return self._set_aside()
        version = data.get(VERSION_KEY)
        if not isinstance(version, int) or version < 1:
            return self._set_aside()
        if version > VERSION:  # what it says must not be lost when that version is used again
            self._may_write = False
            self.remark = text(
                "The list of finished files comes from a newer version of MLX Ferry. It can be read there, and is kept."
            )
            return ()
        for migrate in MIGRATIONS[version - 1 :]:
            data = migrate(data)
        entries = data.get(FILES_KEY)
        if not isinstance(entries, list):
            return self._set_aside()
        found = (from_data(one) for one in entries[:MOST_FILES])
        return tuple(one for one in found if one is not None)

    def _set_aside(self) -> tuple[FinishedFile, ...]:
        aside = self._path.with_name(f"{self._path.stem}-damaged.json")
        with suppress(OSError):
            self._path.replace(aside)
        self.remark = text(
            "The list of finished files was damaged. It begins anew; the old one is {file}.", file=aside.name
        )
        return ()


def _is_text(data: dict[str, Any]) -> bool:
    """On Linux the name of a file need not be; the whole list could not be read again."""
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
