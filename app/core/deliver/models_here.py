"""The models and adapters that are on this Mac, by the names that people know them by."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from app.core.adapter import find_model
from app.core.checkpoint.model_places import hub_cache, lm_studio_folders, modelscope_cache
from app.core.checkpoint.subfolders import snapshots
from app.core.deliver.folder_contents import FolderContents, contents_of, entries_of, is_unfinished
from app.core.deliver.folder_names import PART, model_name
from app.core.display_name import display_name
from app.core.progress import IsCancelled, never_cancelled

REPOSITORY = "models--"  # huggingface_hub file_download.py, repo_folder_name: models--ORG--NAME
GGUF = ".gguf"


class Place(Enum):
    """Whose folder it lies in."""

    HUB = "Hugging Face"
    LM_STUDIO = "LM Studio"
    MODELSCOPE = "ModelScope"
    FOLDER = "folder"  # one that was named


@dataclass(frozen=True)
class ModelHere:
    """`name`: of the hub and in LM Studio ORG/NAME, else the folder's. `gguf`: files of this model that are here.

    `base` is the folder of the model that an adapter was trained on, None where it is not found. `real`: where `folder`
    lies, links followed.
    """

    name: str
    folder: Path
    place: Place
    holds: FolderContents
    gguf: tuple[Path, ...] = ()
    base: Path | None = None
    real: str = ""


def models_here(used: Iterable[Path] = (), is_cancelled: IsCancelled = never_cancelled) -> tuple[ModelHere, ...]:
    """All of them, sorted by name; in `used` folders and those in them too, as fine-tunes and adapters lie there.

    What is damaged is passed over. A cancelled search ends with what it has.
    """
    search = _Search(tuple(dict.fromkeys(path.absolute() for path in used)))
    found: dict[str, ModelHere] = {}
    for model in search.models():
        found.setdefault(model.real, model)  # LM Studio's folder may be a link to the hub's
        if is_cancelled():
            break
    with_files = (replace(one, gguf=search.files_of(one.folder)) for one in found.values())
    return tuple(sorted(with_files, key=lambda one: (one.name.casefold(), str(one.folder))))


class _Search:
    """Goes through all places once, and remembers the GGUF files on its way."""

    def __init__(self, used: tuple[Path, ...]) -> None:
        self._used = used
        self._files: defaultdict[str, set[Path]] = defaultdict(set)

    def models(self) -> Iterator[ModelHere]:
        """What is found, some of it twice."""
        yield from self._in_hub(hub_cache())
        for root in lm_studio_folders():
            yield from self._in_pairs(root, Place.LM_STUDIO)
        yield from self._in_pairs(modelscope_cache(), Place.MODELSCOPE)
        for folder in self._used:
            yield from self._in_used(folder)

    def files_of(self, folder: Path) -> tuple[Path, ...]:
        """Those that were seen and are called as `convert` calls a file of this folder, whatever their type."""
        return tuple(sorted(self._files[display_name(folder).casefold()]))

    def _in_hub(self, cache: Path) -> Iterator[ModelHere]:
        """One for each repository: the snapshot that the branch main means, unless only another one is whole."""
        for repository in _folders(cache):
            if not repository.name.startswith(REPOSITORY):
                continue
            name = "/".join(repository.name.split("--")[1:])
            is_loading = is_unfinished(entries_of(repository / "blobs"))
            found: list[ModelHere] = []
            for snapshot in snapshots(repository):
                found += self._model(name, repository / snapshot, Place.HUB, is_loading)
                if found and found[-1].holds.is_complete:
                    break
            yield from sorted(found, key=lambda one: not one.holds.is_complete)[:1]

    def _in_pairs(self, root: Path, place: Place) -> Iterator[ModelHere]:
        """ORG/NAME."""
        for publisher in _folders(root):
            for folder in _folders(publisher):
                yield from self._model(f"{publisher.name}/{folder.name}", folder, place)

    def _in_used(self, folder: Path) -> Iterator[ModelHere]:
        """Itself, and those in it: mlx_lm.fuse writes fused_model, mlx_lm.lora adapters where one works."""
        self._see_files(folder.parent, entries_of(folder.parent))  # where `convert` writes
        for one in (folder, *_folders(folder)):
            yield from self._model(display_name(one), one, Place.FOLDER)

    def _model(self, name: str, folder: Path, place: Place, is_loading: bool = False) -> Iterator[ModelHere]:
        entries = entries_of(folder)
        self._see_files(folder, entries)
        holds = contents_of(folder, entries, is_loading)
        if holds is not None:
            base = find_model(holds.base, folder) if holds.base else None
            yield ModelHere(name, folder, place, holds, base=base, real=os.path.realpath(folder))

    def _see_files(self, folder: Path, names: Iterable[str]) -> None:
        for name in names:
            if not name.endswith(GGUF):
                continue
            stem = name.removesuffix(GGUF)
            part = PART.search(stem)
            if part is None or int(part[1]) == 1:  # which stands for all of them
                self._files[model_name(stem).casefold()].add(folder / name)


def _folders(folder: Path) -> list[Path]:
    """Those in it, also through links, which people put there for what they have elsewhere."""
    found = sorted(entries_of(folder).items())
    return [folder / name for name, entry in found if not name.startswith(".") and _is_folder(entry)]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
