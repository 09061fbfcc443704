"""A file gets to its place: cloned, linked, copied or moved, and whole from the moment that it has its name there."""

import errno
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from app.core.checkpoint.folder import open_regular
from app.core.convert.part_file import part_file
from app.core.convert.place import check_space, refuse_existing, write_error
from app.core.deliver.clone import clone
from app.core.errors import ConversionError
from app.core.progress import Meter
from app.core.sudden_end import undisturbed
from app.core.system_reasons import system_reason
from app.core.text import text

PIECE = 1 << 22  # bytes


class Way(Enum):
    """How the file got there; a clone and a link take no room."""

    CLONE = "clone"
    LINK = "link"
    COPY = "copy"
    MOVE = "move"
    THERE = "there"  # it is the very file already


# A second file of the same bytes, if the disk and the file's owner let us
SHARING: tuple[tuple[Way, Callable[[Path, Path], None]], ...] = ((Way.CLONE, clone), (Way.LINK, os.link))


@dataclass(frozen=True)
class Arrival:
    """A file in its new place."""

    path: Path
    way: Way
    byte_count: int


def bring(source: Path, target: Path, move: bool, overwrite: bool, meter: Meter, room: int) -> Arrival:
    """Put a regular file at `target`, in a folder that exists, by the way that costs least.

    A copy is begun only where there is `room`, in bytes, for it and what comes after it. Raises TargetError,
    ConversionError when the file cannot be read or changes meanwhile, Cancelled. Then nothing is left behind.
    """
    try:
        source = Path(os.path.realpath(source))  # a hard link to a link would be a link
        size = source.stat().st_size
        if target.exists() and target.samefile(source):
            return Arrival(target, Way.THERE, size)
        refuse_existing(target, overwrite)
        way = _moved(source, target) if move else _shared(source, target, overwrite)
        if way is not None:
            return Arrival(target, way, size)
    except OSError as error:
        raise write_error(target, error) from error
    check_space([(target, room)])
    _copy(source, target, overwrite, meter)
    return Arrival(target, Way.MOVE if move and removed(source) else Way.COPY, size)


def _moved(source: Path, target: Path) -> Way | None:
    """None where that is another disk."""
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return None
    return Way.MOVE


def removed(source: Path) -> bool:
    """It has arrived: where it cannot go from here, nothing is lost."""
    with suppress(OSError):
        source.unlink()
        return True
    return False


def _shared(source: Path, target: Path, overwrite: bool) -> Way | None:
    return next((way for way, make in SHARING if _made(make, source, target, overwrite)), None)


def _made(make: Callable[[Path, Path], None], source: Path, target: Path, overwrite: bool) -> bool:
    """Under a name that no program looks for, and then by its own. A signal waits, for none of this takes time.

    Raises TargetError, OSError.
    """
    passing = target.with_name(f".{secrets.token_hex(8)}.part")
    with undisturbed():
        try:
            make(source, passing)
        except OSError:
            return False
        try:
            refuse_existing(target, overwrite)
            passing.replace(target)
        except BaseException:
            passing.unlink()
            raise
    return True


def _copy(source: Path, target: Path, overwrite: bool, meter: Meter) -> None:
    with _open(source) as read, part_file(target, overwrite) as written:
        before = os.fstat(read.fileno())
        while piece := _next(read, source):
            written.write(piece)
            meter.advance(len(piece), target.name)
        after = os.fstat(read.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise ConversionError(
                text("{file} changed while it was being copied.", file=source),
                text("Try again when no other program writes to it."),
            )


def _open(source: Path) -> BinaryIO:
    try:
        return open_regular(source)
    except OSError as error:
        raise _unreadable(source, error) from error


def _next(read: BinaryIO, source: Path) -> bytes:
    try:
        return read.read(PIECE)
    except OSError as error:
        raise _unreadable(source, error) from error


def _unreadable(source: Path, error: OSError) -> ConversionError:
    return ConversionError(
        text("{file} cannot be read: {reason}.", file=source, reason=system_reason(error)),
        text("Check the disk that it is on."),
    )
