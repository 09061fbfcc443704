"""The guide's pictures in the help: no wider than its lines, no larger than they are, as many pixels as are seen."""

import pytest
from PySide6.QtCore import QPoint, QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication

from app.ui.help.guide_text import WIDEST
from app.ui.help.pictures import SCALE, pictures_in
from tests.ui.dark import dark_palette


def shown(text):
    """Of each picture its format, what is painted, and its file as it is."""
    document = text.document()
    for _, form in pictures_in(document):
        yield form, document.resource(QTextDocument.ResourceType.ImageResource.value, QUrl(form.name())), form.name()


@pytest.mark.parametrize("width", [640, 980, 1600])
def test_they_fit_their_column_and_are_sharp(qtbot, help_window, width):
    text = help_window.text
    help_window.resize(width, 700)
    qtbot.waitUntil(lambda: help_window.width() == width)
    column = min(WIDEST, text.viewport().width() - 2 * text.document().rootFrame().frameFormat().leftMargin())
    pictures = list(shown(text))
    assert len(pictures) >= 6
    for form, painted, name in pictures:
        whole = text._pictures._picture(name)
        assert form.width() == min(column, whole.width() // SCALE)
        assert painted.devicePixelRatio() == text.devicePixelRatioF()
        assert painted.width() == round(form.width() * painted.devicePixelRatio())
        assert form.width() / form.height() == pytest.approx(whole.width() / whole.height(), rel=0.01)


def test_their_frame_is_of_the_palette(qtbot, help_window, set_palette):
    def frames():
        return {painted.pixelColor(painted.width() // 2, 0).name() for _, painted, _ in shown(help_window.text)}

    light = frames()
    set_palette(dark_palette())
    assert len(light) == 1
    qtbot.waitUntil(lambda: frames() == {QApplication.palette().mid().color().name()})
    assert light != frames()


def test_they_are_told_in_words(help_window):
    for form, _, _ in shown(help_window.text):
        assert len(form.property(form.Property.ImageAltText)) > 20


def test_there_is_no_more_room_around_them_than_around_a_paragraph(help_window):
    document = help_window.text.document()
    for cursor, form in pictures_in(document):
        height = document.documentLayout().blockBoundingRect(cursor.block()).height()
        assert form.height() <= height < form.height() + 20


def test_what_follows_them_stands_where_it_is_said_to(help_window):
    """Tables too, of which Qt does not see by itself that they have to move."""
    text = help_window.text
    help_window.grab()  # what is painted is laid out
    help_window.resize(900, 700)
    text.jump_to("formats")
    heading = text._headings["formats"]
    place = text.document().documentLayout().blockBoundingRect(heading).bottom() - text.verticalScrollBar().value()
    below = QPoint(text.viewport().width() // 2, int(place) + 10)
    assert text.cursorForPosition(below).block() == heading.next()
