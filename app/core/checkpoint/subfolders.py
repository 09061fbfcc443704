"""Models below a folder that holds none itself, looked for in few steps."""

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from app.core.checkpoint.adapter_names import READ
from app.core.checkpoint.adapters import PICKLED
from app.core.checkpoint.folder import is_plain_name, open_own

LEVELS = 2
MOST_ENTRIES = 5_000  # that are looked at in all; a hub cache with a hundred models has fewer
MOST_FOUND = 20
REVISION_BYTES = 200


def folders_below(folder: Path) -> tuple[list[str], list[str]]:
    """The folders below that hold models, and those that hold adapters, relative to it.

    No link to a folder is followed.
    """
    models: list[str] = []
    adapters: list[str] = []
    entries = iter(range(MOST_ENTRIES))
    waiting = deque([(folder, 0)])
    while waiting and len(models) < MOST_FOUND:
        place, level = waiting.popleft()
        names, below = _contents(place, entries)
        if level and _is_model(names):
            models.append(place.relative_to(folder).as_posix())
        elif level and {*READ, PICKLED} & names:
            adapters.append(place.relative_to(folder).as_posix())
        elif place.name.startswith("models--") and "snapshots" in below:
            models += [f"{place.relative_to(folder).as_posix()}/{name}" for name in snapshots(place)[:1]]
        elif level < LEVELS:
            waiting.extend((place / name, level + 1) for name in below)
    return models, adapters


def snapshots(repository: Path) -> list[str]:
    """The snapshots of a repository in the Hugging Face cache, relative to it: that of the branch main first."""
    names = sorted(_contents(repository / "snapshots", iter(range(MOST_ENTRIES)))[1])
    main = _revision(repository)
    return [f"snapshots/{name}" for name in sorted(names, key=lambda name: name != main)]


def newest_snapshot(folder: Path) -> Path:
    """Of a repository in the Hugging Face cache the snapshot that is meant by it; any other folder is itself."""
    names = snapshots(folder) if folder.name.startswith("models--") else []
    return folder / names[0] if names else folder


def _revision(repository: Path) -> str:
    try:
        with open_own(repository / "refs" / "main") as stream:
            name = stream.read(REVISION_BYTES).decode("ascii", "replace").strip()
    except OSError:
        return ""
    return name if is_plain_name(name) else ""


def _contents(place: Path, entries: Iterator[int]) -> tuple[set[str], list[str]]:
    """Names of files, links among them, and of folders; of as many as there are `entries` left."""
    files: set[str] = set()
    folders: list[str] = []
    try:
        with os.scandir(place) as found:
            for entry, _ in zip(found, entries, strict=False):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                else:
                    files.add(entry.name)
    except OSError:
        return set(), []
    return files, sorted(name for name in folders if not name.startswith("."))


def _is_model(names: set[str]) -> bool:
    return "config.json" in names and any(name.startswith("model") and name.endswith(".safetensors") for name in names)
