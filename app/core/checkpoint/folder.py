"""Which folder is meant, and how files in it are opened."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from app.core.errors import CheckpointError
from app.core.exhaustion import exhaustion
from app.core.system_reasons import system_reason
from app.core.text import text


def find_folder(path: Path) -> Path:
    """The model folder for a path that is the folder or a file in it. Raises CheckpointError."""
    try:
        path = Path(path).expanduser().absolute()  # not resolved: a hub snapshot keeps its own name, not its blob's
        mode = path.stat().st_mode
    except (OSError, ValueError, RuntimeError) as error:  # no such file; a zero byte; a home that is nobody's
        reason = system_reason(error) if isinstance(error, OSError) else str(error)
        raise CheckpointError(
            text("{path} cannot be opened: {reason}.", path=path, reason=reason),
            text("Check the path, and that you may read it."),
        ) from None
    if stat.S_ISDIR(mode):
        if not os.access(path, os.R_OK | os.X_OK):
            raise CheckpointError(
                text("You do not have permission to read {path}.", path=path),
                text("Check the permissions of the folder."),
            )
        return path
    if stat.S_ISREG(mode):
        return path.parent
    raise CheckpointError(
        text("{path} is neither a folder nor a file.", path=path), text("Choose the folder that holds config.json.")
    )


def is_plain_name(name: object) -> bool:
    """True for a file name that cannot lead out of the folder."""
    if not isinstance(name, str) or name in ("", ".", ".."):
        return False
    return not any(character in name for character in "/\\\0")


def open_own(path: Path) -> BinaryIO:
    """Open a regular file that a model folder holds, as `open_regular`; raises OSError for a link that leads out of it.

    Else a folder from somewhere could have a key or a letter of its reader's copied into the file as a chat template.
    """
    if leads_out(path):
        if not path.exists():
            raise FileNotFoundError(errno.ENOENT, text("its link is broken"), str(path))
        raise OSError(errno.EPERM, text("it is a link that leads out of the model folder"), str(path))
    return open_regular(path)


def leads_out(path: Path) -> bool:
    """Whether a path ends in another folder than it says, other than the store of the cache that the folder lies in."""
    real, folder = Path(os.path.realpath(path)), Path(os.path.realpath(path.parent))
    return not (real.is_relative_to(folder) or real.parent == _blobs_of(folder))


def _blobs_of(folder: Path) -> Path | None:
    """Where the Hugging Face cache keeps the files of a snapshot, or of a folder in it; None for other folders.

    huggingface_hub file_download.py: models--ORG--NAME/snapshots/COMMIT/FILE links to models--ORG--NAME/blobs/HASH.
    """
    snapshots = next((one for one in folder.parents if one.name == "snapshots"), None)
    if snapshots is None or not snapshots.parent.name.startswith("models--"):
        return None
    return snapshots.parent / "blobs"


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for unbuffered reading, through a link if there is one (hub snapshots are links).

    Raises OSError; for a device or a pipe too, which would otherwise block for ever. Raises ExhaustedError: that is no
    fault of the file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise exhaustion(error) or error from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(22, text("it is not a regular file"), str(path))
    return os.fdopen(descriptor, "rb", buffering=0)
