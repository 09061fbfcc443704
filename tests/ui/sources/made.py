"""Models, recent folders and finished files as a search and a history have them, made by hand."""

from dataclasses import replace
from os.path import realpath
from pathlib import Path
from typing import Any

from app.core.deliver.folder_contents import FolderContents, Kind
from app.core.deliver.models_here import ModelHere, Place

WHOLE = FolderContents(Kind.MODEL, "qwen3", bits=4, byte_count=2_300_000_000, is_complete=True)


def model(name: str, folder: Path, place: Place = Place.HUB, gguf: tuple[Path, ...] = (), **others: Any) -> ModelHere:
    """4-bit, of 2.3 GB, whole, unless said otherwise."""
    return ModelHere(name, folder, place, replace(WHOLE, **others), gguf, real=realpath(folder))


def adapter(name: str, folder: Path, base: str = "mlx-community/Qwen3-4B-4bit", **others: Any) -> ModelHere:
    """One that says what it was trained on."""
    return model(name, folder, Place.FOLDER, kind=Kind.ADAPTER, model_type="", bits=None, base=base, **others)
