"""Icons in the colour of the text: the system's own on a Mac, ours elsewhere."""

from typing import ClassVar

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app.core.resources import resource_path
from app.ui import desktop

# Names of SF Symbols. Qt hands a name that it does not know to AppKit (qtbase, darwin/qappleiconengine.mm). Its own
# QIcon.ThemeIcon gives other pictures: a speech bubble for an error, an octagon for a warning. Untested on a Mac.
SYMBOLS = {
    "open": "folder",
    "search": "magnifyingglass",
    "convert": "square.and.arrow.down",
    "cancel": "xmark",
    "copy": "doc.on.doc",
    "info": "info.circle",
    "warning": "exclamationmark.triangle",
    "blocker": "xmark.octagon",
    "done": "checkmark.circle",
}


def icon(name: str) -> QIcon:
    """The system's symbol for `name` where there is one, else resources/icons/NAME.svg. Paint it into squares."""
    if desktop.IS_MAC and name in SYMBOLS:
        symbol = QIcon.fromTheme(SYMBOLS[name])
        if not symbol.isNull():
            return symbol
    return QIcon(_Tinted(str(resource_path(f"icons/{name}.svg"))))


class _Tinted(QIconEngine):
    """Draws a monochrome picture in the palette's colour of the moment, so that light and dark are followed."""

    copies: ClassVar[list[QIconEngine]] = []

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._shape = QSvgRenderer(path)
        self._shape.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        scale = painter.device().devicePixelRatioF()
        painter.drawPixmap(rect.topLeft(), self.scaledPixmap(rect.size(), mode, state, scale))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        picture = QPixmap(size * scale)
        picture.setDevicePixelRatio(scale)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            self._shape.render(painter, QRectF(QPointF(), QSizeF(size)))
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
            painter.fillRect(QRect(QPoint(), size), _colour(mode))
        return picture

    def clone(self) -> QIconEngine:
        copy = _Tinted(self._path)
        self.copies.append(copy)  # PySide leaves it to Python, which would free it while Qt draws with it
        return copy


def _colour(mode: QIcon.Mode) -> QColor:
    group = QPalette.ColorGroup.Disabled if mode is QIcon.Mode.Disabled else QPalette.ColorGroup.Active
    selected = mode is QIcon.Mode.Selected
    role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.WindowText
    return QApplication.palette().color(group, role)
