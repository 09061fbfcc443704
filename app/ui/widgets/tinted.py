"""An icon in one colour, whatever its own."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from app.ui.widgets.icons import icon


def paint_tinted(painter: QPainter, rect: QRect, name: str, colour: QColor) -> None:
    """Paint the icon of this name into a square."""
    scale = painter.device().devicePixelRatioF()
    picture = QPixmap(rect.size() * scale)
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    inside, square = QPainter(picture), QRect(0, 0, rect.width(), rect.height())
    icon(name).paint(inside, square)
    inside.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    inside.fillRect(square, colour)
    inside.end()
    painter.drawPixmap(rect.topLeft(), picture)
