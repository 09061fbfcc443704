"""The guide's pictures: as wide as its lines, never larger than they are, sharp on every screen, in a quiet frame."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, QUrl
from PySide6.QtGui import QImage, QPainter, QPalette, QTextCursor, QTextDocument, QTextImageFormat

from app.ui.help.guide_format import blocks_of, is_picture

SCALE = 2  # pictures were taken on a screen with so many pixels to a point
ROUND = 6  # points


class Pictures:
    """Of one document; `folder` is where its text lies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, QImage] = {}

    def fit(self, document: QTextDocument, room: int, palette: QPalette, ratio: float) -> None:
        """To `room` points beside the margins, on a screen with `ratio` pixels to a point."""
        for cursor, form in pictures_in(document):
            picture = self._picture(form.name())
            size = picture.size() / SCALE
            if size.width() > room:
                size = QSize(room, round(size.height() * room / size.width()))
            shown = _framed(picture, size, palette, ratio)
            document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(form.name()), shown)
            form.setWidth(size.width())
            form.setHeight(size.height())
            cursor.setCharFormat(form)
        # Qt lays out anew what was changed, and forgets that tables below it move
        document.markContentsDirty(0, document.characterCount())

    def _picture(self, name: str) -> QImage:
        if name not in self._read:
            self._read[name] = QImage(str(self._folder / name))
        return self._read[name]


def pictures_in(document: QTextDocument) -> Iterator[tuple[QTextCursor, QTextImageFormat]]:
    """Each picture of the text, selected."""
    for block in filter(is_picture, blocks_of(document)):
        fragment = block.begin().fragment()
        cursor = QTextCursor(document)
        cursor.setPosition(fragment.position())
        cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
        yield cursor, fragment.charFormat().toImageFormat()


def _framed(picture: QImage, size: QSize, palette: QPalette, ratio: float) -> QImage:
    """As many pixels as the screen has for `size`; else Qt would leave some out, and letters with them."""
    smooth, whole = Qt.TransformationMode.SmoothTransformation, Qt.AspectRatioMode.IgnoreAspectRatio
    shown = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    shown.fill(Qt.GlobalColor.transparent)
    with QPainter(shown) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QRectF(shown.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setBrush(picture.scaled(shown.size(), whole, smooth))
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.drawRoundedRect(edge, ROUND * ratio, ROUND * ratio)
    shown.setDevicePixelRatio(ratio)
    return shown
