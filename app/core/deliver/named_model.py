"""A name in the place of a path: that of a model which is on this Mac."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from app.core.checkpoint.shard_index import DOWNLOAD_AGAIN
from app.core.deliver.models_here import ModelHere, models_here
from app.core.errors import CheckpointError
from app.core.text import text

MOST_LISTED = 10


class AmbiguousNameError(CheckpointError):
    """Several models have the name; `candidates` are what would name each of them alone."""

    def __init__(self, name: str, candidates: tuple[str, ...]) -> None:
        listed = ", ".join(candidates[:MOST_LISTED]) + (", …" if len(candidates) > MOST_LISTED else "")
        super().__init__(
            text("Several models on this Mac are called {name}.", name=name),
            text("Say which one is meant: {names}", names=listed),
        )
        self.name, self.candidates = name, candidates

    def __reduce__(self) -> tuple[type[CheckpointError], tuple[Any, ...]]:
        return type(self), (self.name, self.candidates)


def path_or_model(given: Path, used: Iterable[Path] = ()) -> Path:
    """The path itself, if there is such; else the folder of the model with this name; the path where there is none.

    Raises CheckpointError for a name of several models, and for one whose download is not complete.
    """
    name = str(given)
    if name.startswith(("/", "~", "..")) or os.path.lexists(given):
        return given
    named = find_named(name, models_here(used))
    return given if named is None else named.folder


def find_named(name: str, models: Sequence[ModelHere]) -> ModelHere | None:
    """By its whole name, or by what follows the last slash, in letters of either case.

    Raises CheckpointError as `path_or_model` does.
    """
    wanted = name.casefold()
    found = [one for one in models if one.name.casefold() == wanted]
    found = found or [one for one in models if one.name.casefold().rpartition("/")[2] == wanted]
    complete = [one for one in found if one.holds.is_complete]
    if len(complete) > 1:
        names = {one.name.casefold() for one in complete}
        alone = len(names) == len(complete)
        raise AmbiguousNameError(name, tuple(one.name if alone else str(one.folder) for one in complete))
    if found and not complete:
        raise CheckpointError(text("The download of {name} is not complete.", name=found[0].name), DOWNLOAD_AGAIN)
    return complete[0] if complete else None
