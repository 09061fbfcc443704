"""A finished file → LM Studio's models folder, where it is in the list of models at once."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.core.checkpoint.model_places import has_lm_studio, lm_studio_home, lm_studio_models
from app.core.convert.place import refuse_existing, write_error
from app.core.deliver.arrival import Arrival, Way, bring, removed
from app.core.deliver.folder_names import model_name, safe_name
from app.core.deliver.model_file import model_paths
from app.core.errors import TargetError
from app.core.progress import IsCancelled, Meter, OnProgress, Stage, ignore_progress, never_cancelled
from app.core.sudden_end import before_sudden_end, undisturbed
from app.core.text import text
from app.core.verify.header.gguf_file import read_whole_header

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
    """Clone, link or copy a whole GGUF file, or move it, into LM Studio's folder; with a part of a model all its parts.

    What arrived is the file, or the first part with the bytes of all. Raises CheckpointError for a file that is none or
    is cut off, DeliveryError where a part is missing, TargetError, ConversionError, Cancelled. Then nothing is left.
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
    files = model_paths(file)
    for one in files:
        read_whole_header(one)
    folder = place.folder_for(file)
    total = sum(one.stat().st_size for one in files)
    meter = Meter(Stage.COPY, total, on_progress, is_cancelled)
    with _made(folder):
        if len(files) == 1:
            return bring(file, folder / file.name, move, overwrite, meter, total)
        first = _bring_parts(files, folder, overwrite, meter, total)
    gone = [removed(one) for one in files] if move and first.way is not Way.THERE else [False]
    return Arrival(first.path, Way.MOVE if all(gone) else first.way, total)


def check_lm_studio(file: Path, overwrite: bool = False) -> None:
    """Refuse what cannot work before `file` is made. Raises TargetError."""
    folder = LmStudioPlace().folder_for(file)
    try:
        refuse_existing(folder / file.name, overwrite)
    except OSError as error:
        raise write_error(folder / file.name, error) from None


@contextmanager
def model_folder_made(folder: Path) -> Iterator[None]:
    """PUBLISHER/MODEL in LM Studio's folder, for a file that is written right there; it goes again if it stays empty.

    Any other folder is left to be there or not. Raises TargetError.
    """
    with ExitStack() as stack:
        if has_lm_studio() and folder.is_relative_to(lm_studio_models()):
            stack.enter_context(_made(folder))
        yield


def _bring_parts(files: tuple[Path, ...], folder: Path, overwrite: bool, meter: Meter, total: int) -> Arrival:
    """All of them, or none; the first one, by which a model is loaded, comes last."""
    arrived: list[Arrival] = []

    def remove() -> None:
        for one in arrived:
            if one.way is not Way.THERE:
                removed(one.path)

    with before_sudden_end(remove):
        try:
            for file in reversed(files):
                room = total - sum(one.byte_count for one in arrived)
                arrived.append(bring(file, folder / file.name, False, overwrite, meter, room))
        except BaseException:
            remove()
            raise
    return arrived[-1]


def _models_folder() -> Path:
    """It is there, but the usual one may not be yet: a disk that is away must not be stood in for by a new folder."""
    if not has_lm_studio():
        raise TargetError(
            text("LM Studio was not found on this Mac."), text("Install it, open it once, and try again.")
        )
    folder, home = lm_studio_models(), lm_studio_home()
    is_to_be_made = folder.parent == home and home.is_dir() and not folder.is_symlink()
    if not (is_to_be_made or folder.is_dir()):
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
