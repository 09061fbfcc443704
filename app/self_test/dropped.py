"""A folder dropped on the window, as the system tells Qt."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget


def drop(widget: QWidget, path: Path) -> None:
    """Over its middle: enter, move, drop."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    place = QPointF(widget.rect().center())
    how = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    for event in (
        QDragEnterEvent(place.toPoint(), *how),
        QDragMoveEvent(place.toPoint(), *how),
        QDropEvent(place, *how),
    ):
        QApplication.sendEvent(widget, event)
