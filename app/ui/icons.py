"""Icons in the colour of the text: the system's own on a Mac, ours elsewhere."""

import sys

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from app.core.resources import resource_path

# Qt maps these to SF Symbols on a Mac. Untested there.
SYSTEM = {
    "note": QIcon.ThemeIcon.DialogInformation,
    "warning": QIcon.ThemeIcon.DialogWarning,
    "stop": QIcon.ThemeIcon.DialogError,
    "open": QIcon.ThemeIcon.FolderOpen,
}


def icon(name: str) -> QIcon:
    """The icon `name`: system's own where there is one, else resources/icons/NAME.svg."""
    if sys.platform == "darwin" and name in SYSTEM:
        own = QIcon.fromTheme(SYSTEM[name])
        if not own.isNull():
            return own
    return QIcon(_Tinted(str(resource_path(f"icons/{name}.svg"))))


class _Tinted(QIconEngine):
    """Draws a monochrome picture in the palette's colour of the moment, so that light and dark are followed."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._shape = QIcon(path)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        painter.drawPixmap(rect, self._draw(rect.size(), mode, state, painter.device().devicePixelRatioF()))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self._draw(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        return self._draw(QSize(round(size.width() / scale), round(size.height() / scale)), mode, state, scale)

    def clone(self) -> QIconEngine:
        return _Tinted(self._path)

    def _draw(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        picture = self._shape.pixmap(size, scale, QIcon.Mode.Normal, state)
        painter = QPainter(picture)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        painter.fillRect(QRect(QPoint(), size), self._colour(mode))
        painter.end()
        return picture

    def _colour(self, mode: QIcon.Mode) -> QColor:
        disabled = mode is QIcon.Mode.Disabled
        group = QPalette.ColorGroup.Disabled if disabled else QPalette.ColorGroup.Active
        return QApplication.palette().color(group, QPalette.ColorRole.WindowText)
