"""An open file that only grows, and notices when another program changes it meanwhile."""

import io
import os
from pathlib import Path
from typing import Any

from app.core.errors import TargetError
from app.core.text import Text, text


class PartStream(io.FileIO):
    """Appends to the descriptor, which stays open when the stream is closed, and counts what it has written.

    A write at a place of its own would fill up the hole that a truncation makes, and give the file its right size with
    wrong bytes. An append lands at the end that the file has by then: so the position after each write tells whether
    the file was cut or has grown since the one before, and its size tells it at the end.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        """`descriptor` was opened with O_APPEND."""
        super().__init__(descriptor, "wb", closefd=False)
        self._descriptor, self._path = descriptor, path
        self.written = 0

    def write(self, data: Any, /) -> int:
        """As of any raw file. Raises TargetError when another program has changed the file."""
        count = super().write(data) or 0
        self.written += count
        self._check_length(os.lseek(self._descriptor, 0, os.SEEK_CUR))
        return count

    def check(self) -> None:
        """It still has its name, and holds what was written and nothing else. Raises TargetError."""
        if not has_name(self._descriptor, self._path):
            raise _changed(
                text("Another program moved, removed or replaced {file} before it was complete.", file=self._path)
            )
        self._check_length(os.fstat(self._descriptor).st_size)

    def _check_length(self, length: int) -> None:
        if length < self.written:
            raise _changed(text("Another program truncated {file} before it was complete.", file=self._path))
        if length > self.written:
            raise _changed(text("Another program wrote to {file} before it was complete.", file=self._path))


def _changed(message: Text) -> TargetError:
    return TargetError(message, text("Convert again, and leave the file alone until it is complete."))


def has_name(descriptor: int, path: Path) -> bool:
    """Whether the open file is the one of this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False
