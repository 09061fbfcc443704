"""Folders that are no place for a person's new files: caches, and what other programs keep."""

import os
from collections.abc import Iterator
from pathlib import Path

from app.core.checkpoint.model_places import hub_cache, lm_studio_folders, modelscope_cache
from app.core.resources import resource_path


def is_kept_by_a_program(folder: Path) -> bool:
    """Whether it lies in a cache, in LM Studio's folder, or in this very program; through links too."""
    real = Path(os.path.realpath(folder))
    return any(real.is_relative_to(os.path.realpath(kept)) for kept in _kept_by_programs())


def is_for_new_files(folder: Path) -> bool:
    """Whether a person would look for a file there, and may write it."""
    try:
        return folder.is_dir() and not is_kept_by_a_program(folder) and os.access(folder, os.W_OK | os.X_OK)
    except OSError:  # it may not be looked at
        return False


def usual_folder() -> Path:
    """Where files go that no better place is known for: Downloads, or the home folder."""
    home = Path.home()
    downloads = home / "Downloads"
    return downloads if is_for_new_files(downloads) else home


def _kept_by_programs() -> Iterator[Path]:
    home = Path.home()
    yield from (hub_cache(), modelscope_cache(), *lm_studio_folders())
    yield from (home / ".cache", home / "Library" / "Caches")
    yield resource_path("")  # inside this very program
