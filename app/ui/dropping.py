"""What may be dropped: one model folder, or files of one. Says why when something else is."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QMimeData

from app.core.words import in_one_line

MARKS = ("config.json", "model.safetensors", "model.safetensors.index.json", "adapters.safetensors")


@dataclass(frozen=True)
class Dropped:
    """The folder that is meant, or the reason why there is none."""

    folder: Path | None
    reason: str = ""


def look_at_drop(mime: QMimeData) -> Dropped:
    """Judge by names alone, since this runs while the pointer moves."""
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    if not paths:
        return Dropped(None, _tr("Drop a folder from Finder, or a file in it."))
    folders = {path if path.is_dir() else path.parent for path in paths}
    if len(folders) > 1:
        return Dropped(None, _tr("Drop one model folder at a time."))
    folder = folders.pop()
    if not folder.is_dir():
        return Dropped(None, _tr("{} does not exist.").format(in_one_line(folder.name)))
    if not any((folder / name).exists() for name in MARKS) and not any(folder.glob("*.safetensors")):
        return Dropped(
            None, _tr("{} is no model folder: there is no config.json in it.").format(in_one_line(folder.name))
        )
    return Dropped(folder)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Dropping", text)
