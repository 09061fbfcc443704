"""NAME.gguf.part: a file that is being written. It gets its name when it is whole, or it goes."""

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

from app.core.errors import TargetError

MAGIC = b"GGUF"
FLUSH_SECONDS = 0.1


def check_target(target: Path, model_folder: Path, byte_count: int, overwrite: bool) -> None:
    """Refuse a destination that cannot work, before any work. Raises TargetError."""
    check_targets([(target, byte_count)], model_folder, overwrite)


def check_targets(targets: Sequence[tuple[Path, int]], model_folder: Path, overwrite: bool) -> None:
    """The same for several files of so many bytes, which may share a disk. Raises TargetError."""
    disks: dict[int, list[tuple[Path, int]]] = {}
    for number, (target, byte_count) in enumerate(targets):
        if target in (other for other, _ in targets[:number]):
            raise TargetError(f"Two files would get the name {target}.", "Leave one of them out.")
        try:
            _check_place(target, model_folder, overwrite)
            disks.setdefault(target.parent.stat().st_dev, []).append((target, byte_count))
        except OSError as error:  # a name that is too long, a folder that may not be entered
            raise write_error(target, error) from None
    for together in disks.values():
        _check_space(together)


def _check_place(target: Path, model_folder: Path, overwrite: bool) -> None:
    folder = target.parent
    if target.name.endswith(".part") or not target.name:
        raise TargetError(f"{target} is no name for a GGUF file.", "Choose a name that ends in .gguf.")
    if not folder.is_dir():
        raise TargetError(f"The folder {folder} does not exist.", "Create it, or choose another destination.")
    if folder.resolve().is_relative_to(model_folder.resolve()):
        raise TargetError(f"{target} lies in the model folder, which is only read.", "Choose a place outside of it.")
    if target.is_dir():
        raise TargetError(f"{target} is a folder.", "Choose a file name.")
    _refuse_existing(target, overwrite)
    if not os.access(folder, os.W_OK):
        raise TargetError(f"You may not write to {folder}.", "Choose another destination.")


def _refuse_existing(target: Path, overwrite: bool) -> None:
    if not overwrite and (target.exists() or target.is_symlink()):
        raise TargetError(f"{target} exists already.", "Choose another name, or allow it to be replaced.")


def _check_space(targets: Sequence[tuple[Path, int]]) -> None:
    folder, byte_count = targets[0][0].parent, sum(count for _, count in targets)
    try:
        free = shutil.disk_usage(folder).free + sum(_size_of_leftover(part_path(target)) for target, _ in targets)
    except OSError as error:
        raise write_error(targets[0][0], error) from None
    if free < byte_count:
        raise TargetError(
            f"There is too little space in {folder}: {byte_count:,} bytes are needed, {free:,} are free.",
            "Free some space, or choose another disk or a smaller type.",
        )


def part_path(target: Path) -> Path:
    """Where `target` is written before it is whole."""
    return target.with_name(target.name + ".part")


@contextmanager
def part_file(target: Path, overwrite: bool) -> Iterator[Path]:
    """Give the path to write to; rename it to `target` at the end, remove it on any error. Raises TargetError."""
    path = part_path(target)
    descriptor = _claim(path)
    try:
        with _flushing(descriptor):
            yield path
        _refuse_existing(target, overwrite)  # it may have come into being meanwhile
        path.replace(target)
    except OSError as error:
        _remove(path)
        raise write_error(target, error) from error
    except BaseException:
        _remove(path)
        raise
    finally:
        os.close(descriptor)


def write_error(target: Path, error: OSError) -> TargetError:
    """What a failed write means."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TargetError(f"The disk is full: {target.name} could not be finished.", "Free some space and try again.")
    return TargetError(f"{target} cannot be written: {error.strerror}.", "Choose another destination.")


def _claim(path: Path) -> int:
    """Open the part file and lock it. One that a killed conversion left behind is replaced, anything else is not."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    except OSError as error:
        raise write_error(path, error) from None
    try:
        _lock(descriptor, path)
        if not _is_leftover(descriptor):
            raise TargetError(
                f"{path} exists and is not an unfinished GGUF file.", "Move it away, or choose another name."
            )
    except TargetError:
        os.close(descriptor)
        raise
    return descriptor


def _lock(descriptor: int, path: Path) -> None:
    """Two conversions to one file would mix their bytes. The lock ends with the process, however it ends."""
    busy = TargetError(f"{path} is being written by another conversion.", "Wait for it to end.")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise busy from None
    except OSError:
        pass  # a network disk without locks
    if not _has_name(descriptor, path):  # the other one has just finished and renamed it
        raise busy


def _has_name(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _is_leftover(descriptor: int) -> bool:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return False
    return MAGIC.startswith(os.pread(descriptor, len(MAGIC), 0))


def _size_of_leftover(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


@contextmanager
def _flushing(descriptor: int) -> Iterator[None]:
    """Bring to the disk what is written, while it is written, and the rest at the end: before the name says that it is
    there. A large file is whole a tenth sooner. Raises OSError; a flush that fails tells so only once.
    """
    ended = Event()

    def flush_again_and_again() -> None:
        while not ended.wait(FLUSH_SECONDS):
            os.fsync(descriptor)

    with ThreadPoolExecutor(1, thread_name_prefix="flush") as beside:
        flushing = beside.submit(flush_again_and_again)
        try:
            yield
        finally:
            ended.set()
        flushing.result()
    os.fsync(descriptor)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def write_text(path: Path, text: str) -> None:
    """A small file; replaces what is there. Raises TargetError."""
    with part_file(path, overwrite=True) as part:
        part.write_text(text, encoding="utf-8", errors="replace")  # a file name need not be text on Linux
