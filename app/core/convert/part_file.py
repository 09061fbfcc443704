"""NAME.gguf.part: a file that is being written. It gets its name when it is whole, or it goes; and so do several files
that are parts of one.
"""

import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Event

from app.core.convert.part_stream import PartStream, has_name
from app.core.convert.place import part_path, refuse_existing, write_error
from app.core.errors import TargetError
from app.core.sudden_end import before_sudden_end, undisturbed
from app.core.text import text

MAGIC = b"GGUF"
FLUSH_SECONDS = 0.1


@contextmanager
def part_file(target: Path, overwrite: bool, waits: bool = True) -> Iterator[PartStream]:
    """Give the file to write to; rename it to `target` at the end, remove it on any error. Raises TargetError.

    `waits`: until it is on the disk, so that it is whole whatever happens to the machine.
    """
    with part_files([target], overwrite, waits) as (file,):
        yield file


@contextmanager
def part_files(targets: Sequence[Path], overwrite: bool, waits: bool = True) -> Iterator[list[PartStream]]:
    """The same for parts of one model: all get their names at the end, or none. Raises TargetError."""
    with ExitStack() as stack:
        descriptors = [stack.enter_context(_claimed(part_path(target))) for target in targets]
        try:
            files = [PartStream(one, part_path(target)) for one, target in zip(descriptors, targets, strict=True)]
            with _flushing(descriptors) if waits else nullcontext():
                yield files
            for file, target in zip(files, targets, strict=True):
                file.check()
                refuse_existing(target, overwrite)  # it may have come into being meanwhile
            with undisturbed():
                _name(descriptors, targets)
        except OSError as error:
            raise write_error(targets[0], error) from error


def _name(descriptors: Sequence[int], targets: Sequence[Path]) -> None:
    """The first part last: by that one programs know a model, and then the others are there. Raises OSError."""
    named: list[tuple[int, Path]] = []
    try:
        for descriptor, target in reversed(list(zip(descriptors, targets, strict=True))):
            part_path(target).replace(target)
            named.append((descriptor, target))
    except OSError:
        for descriptor, target in named:
            _remove(descriptor, target)
        raise


@contextmanager
def _claimed(path: Path) -> Iterator[int]:
    """The open part file. On an error it goes, and on a signal."""
    with ExitStack() as stack:
        with undisturbed():
            descriptor = _claim(path)
            stack.callback(os.close, descriptor)
            stack.enter_context(before_sudden_end(lambda: _remove(descriptor, path)))
        try:
            yield descriptor
        except BaseException:
            _remove(descriptor, path)
            raise


def _claim(path: Path) -> int:
    """Open the part file and lock it. One that a killed conversion left behind is replaced, anything else is not."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o666)
    except OSError as error:
        raise write_error(path, error) from None
    try:
        _lock(descriptor, path)
        if not _is_leftover(descriptor):
            raise TargetError(
                text("{file} exists and is not an unfinished GGUF file.", file=path),
                text("Move it, or choose another name."),
            )
        os.ftruncate(descriptor, 0)
    except TargetError:
        os.close(descriptor)
        raise
    return descriptor


def _lock(descriptor: int, path: Path) -> None:
    """Two conversions to one file would mix their bytes. The lock ends with the process, however it ends."""
    busy = TargetError(
        text("{file} is being written by another conversion.", file=path), text("Wait for it to finish.")
    )
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise busy from None
    except OSError:
        pass  # a network disk without locks
    if not has_name(descriptor, path):  # the other one has just finished and renamed it
        raise busy


def _is_leftover(descriptor: int) -> bool:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return False
    return MAGIC.startswith(os.pread(descriptor, len(MAGIC), 0))


@contextmanager
def _flushing(descriptors: Sequence[int]) -> Iterator[None]:
    """Bring to the disk what is written, while it is written, and the rest at the end: before the name says that it is
    there. A large file is whole a tenth sooner. Raises OSError; a flush that fails tells so only once.
    """
    ended = Event()

    def flush() -> None:
        for descriptor in descriptors:
            os.fsync(descriptor)

    def flush_again_and_again() -> None:
        while not ended.wait(FLUSH_SECONDS):
            flush()

    with ThreadPoolExecutor(1, thread_name_prefix="flush") as beside:
        flushing = beside.submit(flush_again_and_again)
        try:
            yield
        finally:
            ended.set()
        flushing.result()
    flush()


def _remove(descriptor: int, path: Path) -> None:
    """Ours only: another program may have put its own file there."""
    with suppress(OSError):
        if has_name(descriptor, path):
            path.unlink()


def write_text(path: Path, content: str, overwrite: bool = True, waits: bool = True) -> None:
    """A small file; replaces what is there. `waits` as for any part file. Raises TargetError."""
    with part_file(path, overwrite, waits) as file:
        file.write(content.encode("utf-8", "replace"))  # a file name need not be text on Linux
