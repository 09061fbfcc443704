"""Where on this Mac the model is that an adapter was trained on."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from app.core.adapter.adapter_values import Adapter

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
        yield from (models / name for models in _lm_studio_folders())


def _snapshots(name: str) -> Iterator[Path]:
    """huggingface_hub file_download.py: models--ORG--NAME/snapshots/COMMIT; refs/main names the last COMMIT."""
    home = os.environ.get("HF_HOME") or Path("~/.cache/huggingface").expanduser()
    hub = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")
    repository = hub / f"models--{name.replace('/', '--')}"
    try:
        last = (repository / "refs" / "main").read_text(encoding="utf-8")[:64].strip()
        if re.fullmatch(r"[0-9a-f]+", last):
            yield repository / "snapshots" / last
        yield from sorted((repository / "snapshots").iterdir())
    except (OSError, ValueError):
        return


def _lm_studio_folders() -> tuple[Path, ...]:
    """Of its later and earlier versions (lmstudio.ai/docs, Import Models)."""
    return Path("~/.lmstudio/models").expanduser(), Path("~/.cache/lm-studio/models").expanduser()


def _is_model(path: Path) -> bool:
    try:
        return (path / CONFIG).is_file()
    except (OSError, ValueError):
        return False
