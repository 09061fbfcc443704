"""A folder without weights that can be read: the one finding that says what it is instead, and the next step."""

import os
from pathlib import Path

from app.core.checkpoint.adapters import find_adapter
from app.core.checkpoint.folder_json import CHOOSE_A_MODEL
from app.core.checkpoint.other_formats import find_other_format
from app.core.checkpoint.subfolders import MOST_ENTRIES, folders_below, snapshots
from app.core.findings import Finding, blocker
from app.core.text import Text, counted, text

NAMED = 3


def explain_no_weights(folder: Path) -> Finding | None:
    """What a folder is that has no model*.safetensors; None where nothing in it tells."""
    names = _names(folder)
    return (
        _application(folder, names)
        or _hub_repository(folder, names)
        or find_adapter(folder, names)
        or _around_models(folder)
        or find_other_format(names)
    )


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return sorted(entry.name for entry, _ in zip(found, range(MOST_ENTRIES), strict=False))
    except OSError:
        return []


def _application(folder: Path, names: list[str]) -> Finding | None:
    if "Contents" not in names or not (folder / "Contents" / "Info.plist").is_file():
        return None
    return blocker(
        "application",
        text("This is an application, not a model folder."),
        text("There is nothing to convert."),
        text(
            "Choose the folder in which the application keeps its models: it holds config.json and model.safetensors."
        ),
    )


def _hub_repository(folder: Path, names: list[str]) -> Finding | None:
    if "snapshots" not in names or not (folder / "snapshots").is_dir():
        return None
    found = snapshots(folder)
    return blocker(
        "hub-repository",
        text("This is the cache entry of a Hugging Face repository, not a model folder."),
        text("The model is one level deeper.") if found else text("It holds no model: snapshots is empty."),
        text("Choose the folder {folder} in it.", folder=found[0])
        if found
        else text("Download the model again with hf download."),
        found[0] if found else "snapshots",
    )


def _around_models(folder: Path) -> Finding | None:
    models, adapters = folders_below(folder)
    found = models or adapters
    if not found:
        return None
    return blocker(
        "model-in-subfolder",
        text("There is no model in this folder itself."),
        _where(found) if models else _where_adapters(found),
        text("Choose the folder {folder} in it.", folder=found[0]) if len(found) == 1 else text("Choose one of them."),
        found[0],
    )


def _where(found: list[str]) -> Text:
    return counted(
        "A folder in it holds one: {folders}.",
        "{count} folders in it hold one each: {folders}.",
        len(found),
        folders=_some(found),
    )


def _where_adapters(found: list[str]) -> Text:
    return counted(
        "A folder in it holds an adapter: {folders}.",
        "{count} folders in it hold an adapter each: {folders}.",
        len(found),
        folders=_some(found),
    )


def _some(found: list[str]) -> str:
    return ", ".join(found[:NAMED]) + (", …" if len(found) > NAMED else "")


def nothing_there() -> Finding:
    """For a folder of which nothing is known but that it has no weights."""
    return blocker(
        "no-weights",
        text("There is no model.safetensors in this folder."),
        text("There is nothing to convert."),
        CHOOSE_A_MODEL,
    )
