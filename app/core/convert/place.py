"""Where a file may be written, and what may be replaced: a regular file, if the user says so, and nothing else."""

import errno
import os
import shutil
import stat
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from app.core.errors import AppError, ExistingFileError, TargetError
from app.core.exhaustion import exhaustion
from app.core.system_reasons import system_reason
from app.core.text import text

KINDS = {
    stat.S_IFCHR: text("a device"),
    stat.S_IFBLK: text("a device"),
    stat.S_IFIFO: text("a pipe"),
    stat.S_IFSOCK: text("a socket"),
}
OTHER_NAME = text("Choose another name.")


def check_target(target: Path, model_folder: Path, byte_count: int, overwrite: bool) -> None:
    """Refuse a destination that cannot work, before any work. Raises TargetError."""
    check_targets([(target, byte_count)], model_folder, overwrite)


def check_targets(targets: Sequence[tuple[Path, int]], model_folder: Path, overwrite: bool) -> None:
    """The same for several files of so many bytes, which may share a disk. Raises TargetError."""
    disks: dict[int, list[tuple[Path, int]]] = {}
    places = set()
    for number, (target, byte_count) in enumerate(targets, 1):
        places.add(_place(target))
        if len(places) < number:
            raise TargetError(text("Two files would get the name {file}.", file=target), text("Leave one of them out."))
        try:
            _check_place(target, model_folder, overwrite)
            disks.setdefault(target.parent.stat().st_dev, []).append((target, byte_count))
        except OSError as error:  # a name that is too long, a folder that may not be entered
            raise write_error(target, error) from None
    for together in disks.values():
        check_space(together)


def is_same_place(one: Path, other: Path) -> bool:
    """Whether two names are of one file; also where a Mac's disk takes them for one, and another disk does not."""
    return _place(one) == _place(other)


def _place(path: Path) -> tuple[str, str]:
    return os.path.realpath(path.parent), unicodedata.normalize("NFC", path.name).casefold()


def _check_place(target: Path, model_folder: Path, overwrite: bool) -> None:
    folder = target.parent
    if target.name.endswith(".part") or not target.name:
        raise TargetError(
            text("{file} is not a name for a GGUF file.", file=target), text("Choose a name that ends in .gguf.")
        )
    if not folder.is_dir():
        raise TargetError(
            text("The folder {folder} does not exist.", folder=folder),
            text("Create it, or choose another destination."),
        )
    if folder.resolve().is_relative_to(model_folder.resolve()):
        raise TargetError(
            text("{file} is in the model folder, which MLX Ferry only reads.", file=target),
            text("Choose a place outside it."),
        )
    refuse_existing(target, overwrite)
    if not os.access(folder, os.W_OK):
        raise TargetError(
            text("You do not have permission to write to {folder}.", folder=folder), text("Choose another destination.")
        )


def refuse_existing(target: Path, overwrite: bool) -> None:
    """Whatever stands there and may not be replaced. Raises TargetError, OSError.

    A link is not followed: what is replaced is what the user has named, in the folder where it is seen.
    """
    try:
        kind = stat.S_IFMT(target.lstat().st_mode)
    except FileNotFoundError:
        return
    if kind == stat.S_IFDIR:
        raise TargetError(text("{file} cannot be written: it is a folder.", file=target), text("Choose a file name."))
    if kind == stat.S_IFLNK:
        raise TargetError(
            text("{file} already exists and is a link to {end}.", file=target, end=_end_of_link(target)),
            _name_the_file(target),
        )
    if kind != stat.S_IFREG:
        kind_in_words = KINDS.get(kind, text("a special file"))
        raise TargetError(
            text(
                "{file} already exists and is {kind}; only regular files are replaced.",
                file=target,
                kind=kind_in_words,
            ),
            OTHER_NAME,
        )
    if not overwrite:
        raise ExistingFileError(
            text("{file} already exists.", file=target), text("Choose another name, or allow it to be replaced.")
        )


def _end_of_link(link: Path) -> Path:
    return Path(os.path.realpath(link)) if link.exists() else link.readlink()


def _name_the_file(link: Path) -> str:
    return text("Use the file that it points to, or choose another name.") if link.is_file() else OTHER_NAME


def check_space(targets: Sequence[tuple[Path, int]]) -> None:
    """Refuse files of so many bytes that do not fit on the one disk that they share. Raises TargetError."""
    folder, byte_count = targets[0][0].parent, sum(count for _, count in targets)
    try:
        free = shutil.disk_usage(folder).free + sum(_size_of_leftover(part_path(target)) for target, _ in targets)
    except OSError as error:
        raise write_error(targets[0][0], error) from None
    if free < byte_count:
        raise TargetError(
            text(
                "There is too little space in {folder}: {needed:,} bytes are needed, {free:,} are free.",
                folder=folder,
                needed=byte_count,
                free=free,
            ),
            text("Free some space, or choose another disk or a smaller type."),
        )


def _size_of_leftover(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


def part_path(target: Path) -> Path:
    """Where `target` is written before it is whole."""
    return target.with_name(target.name + ".part")


def write_error(target: Path, error: OSError) -> AppError:
    """What a failed write means."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TargetError(
            text("The disk is full: {file} could not be finished.", file=target.name),
            text("Free some space and try again."),
        )
    if error.errno == errno.EFBIG:
        return TargetError(
            text("{file} would be larger than files there may be.", file=target.name),
            text("Choose another disk or a smaller type, or raise the limit on file sizes (ulimit -f)."),
        )
    cannot = TargetError(
        text("{file} cannot be written: {reason}.", file=target, reason=system_reason(error)),
        text("Choose another destination."),
    )
    return exhaustion(error) or cannot
