"""A second file that shares its bytes with the first until one of them changes, where the disk can do that."""

import ctypes
import errno
import fcntl
import os
import sys
from pathlib import Path

FICLONE = 0x40049409  # linux/fs.h: _IOW(0x94, 9, int)


def clone(source: Path, target: Path) -> None:
    """Make `target`, which does not exist. Raises OSError, and leaves nothing then: most disks cannot."""
    if sys.platform == "darwin":
        _clone_on_apfs(source, target)
    else:
        _clone_on_linux(source, target)


def _clone_on_apfs(source: Path, target: Path) -> None:
    """clonefile(2). The tests that run on Linux do not reach it; where it fails, the file is linked or copied."""
    library = ctypes.CDLL(None, use_errno=True)
    function = getattr(library, "clonefile", None)
    if function is None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    function.argtypes, function.restype = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint32), ctypes.c_int
    if function(os.fsencode(source), os.fsencode(target), 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(source))


def _clone_on_linux(source: Path, target: Path) -> None:
    """ioctl_ficlone(2): btrfs, XFS and a few others."""
    with source.open("rb") as read, target.open("xb") as written:
        try:
            fcntl.ioctl(written.fileno(), FICLONE, read.fileno())
        except OSError:
            target.unlink()
            raise
