"""The icon of the Mac's app, out of resources/app-icon.svg, each size drawn for itself.

    python packaging/make_icon.py

Needs Pillow, of the extra "package". The .icns file is committed; make it anew when the picture changes.
"""

import os
from io import BytesIO
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from bundle_info import APP_NAME
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

HERE = Path(__file__).parent
PICTURE = HERE.parent / "resources" / "app-icon.svg"
ICON = HERE / f"{APP_NAME}.icns"
SIZES = (16, 32, 64, 128, 256, 512, 1024)  # pixels


def main() -> None:
    application = QGuiApplication([])
    drawn = [draw(size) for size in SIZES]
    drawn[-1].save(ICON, format="ICNS", append_images=drawn[:-1])
    application.quit()


def draw(size: int) -> Image.Image:
    """The picture, so many pixels wide and high."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    QSvgRenderer(str(PICTURE)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return Image.open(BytesIO(buffer.data().data())).convert("RGBA")


if __name__ == "__main__":
    main()
