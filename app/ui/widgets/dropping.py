"""What may be dropped: a model, with adapters or alone, or several models; and what is said while it hovers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from app.core.adapter.files import holds_adapter_only, is_adapter_file
from app.core.checkpoint.adapter_names import READ
from app.core.checkpoint.subfolders import folders_below, newest_snapshot
from app.core.text import in_one_line, joined, text
from app.ui.say import say

MARGIN, RADIUS = 12, 12
MOST_NAMES = 3  # of folders in a sentence
MARKS = ("config.json", "model.safetensors", "model.safetensors.index.json", *READ)


@dataclass(frozen=True)
class Dropped:
    """The folder that is meant, or an adapter's own file, of which a folder may have several; or why there is none.

    `adapters` are those that were dropped together with a model. Of `several` models none is to be opened.
    """

    folder: Path | None
    reason: str = ""
    adapters: tuple[Path, ...] = ()
    several: tuple[Path, ...] = ()

    @property
    def can_be_opened(self) -> bool:
        """Whether there is something to open or to convert."""
        return self.folder is not None or bool(self.several)

    @property
    def name(self) -> str:
        """Of all that is meant, as it is shown."""
        return " + ".join(in_one_line(path.name) for path in (self.folder, *self.adapters) if path)


def look_at_drop(mime: QMimeData) -> Dropped:
    """Judge by names alone."""
    return look_at([Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()])


def look_at(paths: Sequence[Path]) -> Dropped:
    """What these folders and files in folders are to become."""
    if not paths:
        return Dropped(None, text("Drop a folder from Finder, or a file in it."))
    if len(paths) == 1 and is_adapter_file(paths[0]) and paths[0].is_file():
        return Dropped(paths[0])
    folders = dict.fromkeys(path if path.is_dir() else path.parent for path in paths)
    adapters = [folder for folder in folders if holds_adapter_only(folder)] if len(folders) > 1 else []
    models = [_one_model(folder) for folder in folders if folder not in adapters]
    if len(models) == 1:
        return replace(models[0], adapters=tuple(_state(folder, paths) for folder in adapters))
    if adapters or not models:
        return Dropped(None, text("Drop one model folder at a time with its adapters, or several models without any."))
    refused = [one for one in models if one.folder is None]
    return refused[0] if refused else Dropped(None, several=tuple(one.folder for one in models if one.folder))


def _state(adapter: Path, paths: Sequence[Path]) -> Path:
    """The one file of an adapter's folder that was dropped, if it was that; else the folder."""
    files = [path for path in paths if path.parent == adapter and is_adapter_file(path)]
    return files[0] if len(files) == 1 else adapter


def _one_model(folder: Path) -> Dropped:
    name = in_one_line(folder.name)
    if not folder.is_dir():
        return Dropped(None, text("{name} does not exist.", name=name))
    folder = newest_snapshot(folder)
    if any((folder / mark).exists() for mark in MARKS) or any(folder.glob("*.safetensors")):
        return Dropped(folder)
    below, _ = folders_below(folder)
    if len(below) == 1:
        return Dropped(folder / below[0])
    if below:
        found = in_one_line(joined(", ", below[:MOST_NAMES]))
        return Dropped(
            None, text("{name} holds several models: {folders}. Drop one of them.", name=name, folders=found)
        )
    return Dropped(None, text("{name} is not a model folder: it has no config.json.", name=name))


class DropOverlay(QWidget):
    """A frame and one sentence."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._text, self._welcome = "", True
        self.hide()

    def show_text(self, said: str, is_welcome: bool) -> None:
        """Cover the parent."""
        self._text, self._welcome = say(said), is_welcome
        self.setAccessibleName(self._text)
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        self.update()

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text

    def paintEvent(self, _: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Window))
            role = QPalette.ColorRole.Accent if self._welcome else QPalette.ColorRole.PlaceholderText
            painter.setPen(QPen(self.palette().color(role), 3, Qt.PenStyle.DashLine))
            frame = self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
            painter.drawRoundedRect(frame, RADIUS, RADIUS)
            font = painter.font()
            font.setPointSizeF(font.pointSizeF() * 1.5)
            font.setBold(True)
            painter.setFont(font)
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.drawText(
                frame.adjusted(MARGIN, 0, -MARGIN, 0),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                self._text,
            )
