"""An icon in one colour, whatever its own; drawn once, for lists paint theirs again and again."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QPixmapCache

from app.ui.widgets.icons import icon


def paint_tinted(painter: QPainter, rect: QRect, name: str, colour: QColor) -> None:
    """Paint the icon of this name into a square."""
    scale = painter.device().devicePixelRatioF()
    key = f"{name} {rect.width()} {rect.height()} {scale} {colour.rgba()}"
    picture = QPixmap()
    if not QPixmapCache.find(key, picture):
        picture = _tinted(rect, scale, name, colour)
        QPixmapCache.insert(key, picture)
    painter.drawPixmap(rect.topLeft(), picture)


def _tinted(rect: QRect, scale: float, name: str, colour: QColor) -> QPixmap:
    picture = QPixmap(rect.size() * scale)
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    square = QRect(0, 0, rect.width(), rect.height())
    with QPainter(picture) as painter:
        icon(name).paint(painter, square)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        painter.fillRect(square, colour)
    return picture
