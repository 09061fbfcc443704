"""Where on this Mac the model is that an adapter was trained on."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from app.core.adapter.adapter_values import Adapter
from app.core.checkpoint.model_places import hub_cache, lm_studio_folders
from app.core.checkpoint.subfolders import snapshots

HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")  # huggingface_hub utils/_validators.py, validate_repo_id
CONFIG = "config.json"


def find_base(adapter: Adapter) -> Path | None:
    """The folder of the base that adapter_config.json names; None where it names none, or none is there."""
    return find_model(adapter.base, adapter.folder) if adapter.base else None


def find_model(name: str, beside: Path) -> Path | None:
    """The model with this path or name of the hub: as it is, beside a folder, in the cache, or in LM Studio."""
    places = (Path(os.path.normpath(place)) for place in _places(name, beside))  # "../base" is said without its dots
    return next((path for path in places if _is_model(path)), None)


def _places(name: str, beside: Path) -> Iterator[Path]:
    try:
        given = Path(name).expanduser()
    except RuntimeError:  # a home that is nobody's
        return
    if given.is_absolute():
        yield given
    else:
        yield from (given.absolute(), beside / given, beside.parent / given)
    yield beside.parent / given.name
    if HUB_NAME.fullmatch(name):
        yield from _snapshots(name)
        yield from (models / name for models in lm_studio_folders())


def _snapshots(name: str) -> Iterator[Path]:
    """huggingface_hub file_download.py: models--ORG--NAME/snapshots/COMMIT, the one that refs/main names first."""
    repository = hub_cache() / f"models--{name.replace('/', '--')}"
    return (repository / snapshot for snapshot in snapshots(repository))


def _is_model(path: Path) -> bool:
    try:
        return (path / CONFIG).is_file()
    except (OSError, ValueError):
        return False
