"""A finished file → LM Studio's models folder, where it is in the list of models at once."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.core.checkpoint.model_places import has_lm_studio, lm_studio_models
from app.core.convert.place import write_error
from app.core.deliver.arrival import Arrival, bring
from app.core.deliver.folder_names import model_name, safe_name
from app.core.errors import TargetError
from app.core.progress import IsCancelled, OnProgress, ignore_progress, never_cancelled
from app.core.sudden_end import before_sudden_end, undisturbed
from app.core.text import text
from app.core.verify.gguf_file import open_gguf

SUFFIX = ".gguf"  # LM Studio looks for it


@dataclass(frozen=True)
class LmStudioPlace:
    """PUBLISHER/MODEL in the models folder; empty names stand for the user's and for the file's own."""

    publisher: str = ""
    model: str = ""

    def folder_for(self, file: Path) -> Path:
        """Whatever the names are, it is two levels below the models folder. Raises TargetError without LM Studio."""
        # as lms src/subcommands/importCmd.ts (05bced0), getDefaultUserName
        publisher = self.publisher or os.environ.get("USER") or os.environ.get("USERNAME") or "unknown"
        return _models_folder() / safe_name(publisher) / safe_name(self.model or model_name(file.stem))


def deliver_to_lm_studio(
    file: Path,
    place: LmStudioPlace = LmStudioPlace(),
    move: bool = False,
    overwrite: bool = False,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> Arrival:
    """Clone, link or copy a whole GGUF file, or move it, into LM Studio's folder.

    Raises CheckpointError for a file that is none or is cut off, TargetError, ConversionError, Cancelled. Then nothing
    is left behind.
    """
    if file.suffix.lower() != SUFFIX:
        raise TargetError(
            text("LM Studio finds files whose names end in .gguf, and {file} does not.", file=file.name),
            text("Rename the file."),
        )
    if move and file.is_symlink():
        raise TargetError(
            text("{file} is a link: to move it would leave the file where it is.", file=file),
            text("Deliver the file without moving it."),
        )
    with open_gguf(file):
        pass  # whole: every tensor ends inside of it
    folder = place.folder_for(file)
    with _made(folder):
        return bring(file, folder / file.name, move, overwrite, on_progress, is_cancelled)


def _models_folder() -> Path:
    """It, or the folder that it will be in, is there: a disk that is away must not be stood in for by a new folder."""
    if not has_lm_studio():
        raise TargetError(
            text("LM Studio was not found on this Mac."), text("Install it, open it once, and try again.")
        )
    folder = lm_studio_models()
    if not folder.parent.is_dir():
        raise TargetError(
            text("LM Studio's models folder {folder} cannot be reached.", folder=folder),
            text("Connect the disk that it is on, or choose another folder in LM Studio."),
        )
    return folder


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """The folder, with those above; what was made for nothing goes again, on a signal too."""
    new = [one for one in (folder, *folder.parents) if not one.exists()]

    def remove() -> None:
        for one in new:
            with suppress(OSError):  # something lies in it
                one.rmdir()

    with ExitStack() as stack:
        with undisturbed():
            stack.enter_context(before_sudden_end(remove))
            stack.callback(remove)
            _make(folder)
        yield


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:  # no permission; a file of this name
        raise write_error(folder, error) from error
