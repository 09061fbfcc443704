"""The text of the guide: links, places that are searched for, colours."""

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QPalette
from PySide6.QtWidgets import QApplication

from app.core.guide import read_guide
from app.ui.help.guide_format import blocks_of
from app.ui.help.guide_text import GuideText
from app.ui.widgets.link_colour import link_colour
from tests.ui.accessible import READABLE, contrast
from tests.ui.dark import dark_palette


@pytest.fixture
def text(qtbot):
    text = GuideText(read_guide("en"))
    qtbot.addWidget(text)
    text.resize(700, 500)
    text.show()
    return text


@pytest.fixture
def in_browser(monkeypatch):
    """Addresses that were opened outside of the program."""
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    return opened


def test_a_link_inside_jumps(qtbot, text, in_browser):
    with qtbot.waitSignal(text.followed) as told:
        text.anchorClicked.emit(QUrl("#checking-a-file"))
    assert told.args == ["checking-a-file"]
    assert text.section_at(text.textCursor()) == "checking-a-file"
    assert text.verticalScrollBar().value() > 0
    assert in_browser == []


def test_a_link_in_chinese_jumps(qtbot):
    text = GuideText(read_guide("zh_CN"))
    qtbot.addWidget(text)
    text.anchorClicked.emit(QUrl("#检查文件"))
    assert text.section_at(text.textCursor()) == "检查文件"


def test_a_web_page_opens_in_the_browser(text, in_browser):
    for address in ("http://127.0.0.1:8080", "https://huggingface.co/", "file:///etc/passwd"):
        text.anchorClicked.emit(QUrl(address))
    assert in_browser == ["http://127.0.0.1:8080", "https://huggingface.co/"]


def test_places_are_found_whatever_the_case(text):
    assert text.search("OLLAMA") == text.search("ollama") > 3
    assert "ollama" in text.sections_found()
    assert len(text.extraSelections()) == text.search("Ollama")
    assert text.search("ol.ama") == 0  # no pattern
    assert text.search("") == 0


def colours_of(text):
    for block in blocks_of(text.document()):
        for one in block.textFormats():
            yield one.format.foreground().color() if one.format.foreground().style().value else None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(text, set_palette, scheme):
    if scheme == "dark":
        set_palette(dark_palette())
        QApplication.processEvents()
    palette = text.palette()
    ground, role = palette.color(QPalette.ColorRole.Base), QPalette.ColorRole
    coloured = [colour for colour in colours_of(text) if colour is not None]
    assert coloured
    assert min(contrast(colour, ground) for colour in coloured) >= READABLE
    assert contrast(palette.color(role.Text), palette.color(role.AlternateBase)) >= READABLE
    assert contrast(link_colour(palette), ground) >= READABLE


def test_another_palette_keeps_the_place(text, set_palette):
    text.search("ollama")
    text.jump_to("settings")
    before = text.verticalScrollBar().value()
    set_palette(dark_palette())
    QApplication.processEvents()
    assert text.verticalScrollBar().value() == before
    assert text.section_at(text.textCursor()) == "settings"
    assert text.search("ollama") == len(text.extraSelections()) > 3
