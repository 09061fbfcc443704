"""Icons follow the palette, are crisp on any screen and survive what Qt does with them."""

import gc
import re
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPalette, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QToolButton

from app.core.resources import resource_path
from app.ui import desktop
from app.ui.proof import toned
from app.ui.proof.toned import TonedSign
from app.ui.widgets import tinted
from app.ui.widgets.icons import SYMBOLS, icon
from tests.ui.dark import dark_palette

FILES = sorted(resource_path("icons").glob("*.svg"))
NAMES = [file.stem for file in FILES]


def colour(pixmap):
    """The colour of what is fully painted; one, or the picture is not monochrome."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    (one,) = {pixel.name() for pixel in pixels if pixel.alpha() == 255}
    return one


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_is_drawn_in_the_text_colour_of_the_moment(name, set_palette):
    picture = icon(name)
    assert colour(picture.pixmap(QSize(32, 32), 2.0)) == QApplication.palette().windowText().color().name()
    set_palette(dark_palette())
    assert colour(picture.pixmap(QSize(32, 32), 2.0)) == dark_palette().windowText().color().name()


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_every_file_is_black_lines_on_a_small_grid(file):
    text = file.read_text()
    assert ElementTree.fromstring(text).get("viewBox") == "0 0 16 16"
    assert set(re.findall(r'(?:fill|stroke)="([^"]*)"', text)) <= {"none", "#000"}


def test_disabled_and_selected_have_their_own_colours(set_palette):
    set_palette(dark_palette())
    disabled = dark_palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText)
    assert colour(icon("blocker").pixmap(64, 64, QIcon.Mode.Disabled)) == disabled.name()
    selected = dark_palette().highlightedText().color()
    assert colour(icon("blocker").pixmap(64, 64, QIcon.Mode.Selected)) == selected.name()


@pytest.mark.parametrize("scale", [1.0, 1.25, 2.0, 3.0])
def test_every_pixel_of_the_screen_is_used(scale, qapp):
    pixmap = icon("info").pixmap(QSize(16, 16), scale)
    assert pixmap.size() == QSize(16, 16) * scale
    assert pixmap.devicePixelRatio() == scale


def test_a_wide_place_does_not_stretch_it(qapp):
    image = QImage(120, 40, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    icon("info").paint(painter, QRect(0, 0, 120, 40))
    painter.end()
    dark = [x for x in range(120) if any(image.pixelColor(x, y).lightness() < 128 for y in range(40))]
    assert 40 <= dark[0] < dark[-1] < 80


def test_copies_outlive_the_icon_they_were_made_of(qtbot):
    button = QToolButton()
    qtbot.addWidget(button)
    first = icon("copy")
    second = QIcon(first)
    second.addPixmap(QPixmap(4, 4))  # the engine is cloned
    button.setIcon(second)
    del first, second
    gc.collect()
    assert not button.grab().isNull()


def test_a_mac_gives_its_own_symbols(monkeypatch, qapp):
    asked: list[str] = []
    red = QPixmap(16, 16)
    red.fill(QColor("red"))

    def from_theme(name):
        asked.append(name)
        return QIcon(red) if name == SYMBOLS["warning"] else QIcon()

    monkeypatch.setattr(desktop, "IS_MAC", True)
    monkeypatch.setattr(QIcon, "fromTheme", from_theme)
    assert colour(icon("warning").pixmap(16, 16)) == "#ff0000"
    assert colour(icon("info").pixmap(32, 32)) == QApplication.palette().windowText().color().name()  # ours instead
    assert not icon("tied").isNull()
    assert asked == ["exclamationmark.triangle", "info.circle"]


def test_symbols_have_a_picture_of_ours_to_fall_back_on():
    assert set(SYMBOLS) <= set(NAMES)


def test_the_app_icon_leaves_the_margin_that_macos_wants(qapp):
    image = QImage(1024, 1024, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(resource_path("app-icon.svg"))).render(painter)
    painter.end()
    row = [x for x in range(1024) if image.pixelColor(x, 512).alpha()]
    column = [y for y in range(1024) if image.pixelColor(512, y).alpha()]
    assert (row[0], row[-1], column[0], column[-1]) == (100, 923, 100, 923)


def test_a_tinted_icon_is_drawn_once(qapp, monkeypatch):
    """In each colour and on each screen; a list paints its signs again with every step that it scrolls."""
    drawn = []

    def recorded(name):
        drawn.append(name)
        return icon(name)

    monkeypatch.setattr(tinted, "icon", recorded)
    QPixmapCache.clear()
    for red, scale in ((200, 1.0), (200, 1.0), (100, 1.0), (200, 2.0), (200, 2.0)):
        picture = QPixmap(QSize(16, 16) * scale)
        picture.setDevicePixelRatio(scale)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            tinted.paint_tinted(painter, QRect(0, 0, 16, 16), "warning", QColor(red, 0, 0))
        assert colour(picture) == QColor(red, 0, 0).name()
    assert drawn == ["warning"] * 3


def test_a_picture_that_fails_leaves_no_painter_behind(qtbot, monkeypatch):
    """Whoever keeps the error keeps what the function had: a painter among it would go on painting into nothing."""
    sign = TonedSign(16)
    qtbot.addWidget(sign)
    kept = []

    def fail(painter, *_):
        kept.append(painter)
        raise RuntimeError("no picture")

    monkeypatch.setattr(toned, "paint_tinted", fail)
    with pytest.raises(RuntimeError, match="no picture"):
        sign.grab()
    assert not kept[0].isActive()
