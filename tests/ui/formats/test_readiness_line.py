"""The sentence, and its button."""

import pytest
from PySide6.QtCore import Qt

from app.core.architectures import Layout
from app.core.describe.readiness import Readiness, State
from app.core.ggml_types import OutputType
from app.core.remedies import ChooseLayout, ChooseType
from app.ui import desktop
from app.ui.formats.readiness_line import TONES, ReadinessLine

LINE = "Gemma 3 · 268 M · 4-bit · 151 MB"


@pytest.fixture
def line(qtbot):
    widget = ReadinessLine()
    qtbot.addWidget(widget)
    widget.resize(600, 100)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_ready(line):
    line.show_readiness(Readiness(State.READY, "Ready. Nothing will be lost."), LINE)
    assert (line.sentence.text(), line.model.text()) == ("Ready. Nothing will be lost.", LINE)
    assert line.sign.tone is TONES[State.READY]
    assert line.remedies == []
    assert not line.detail.isVisible()
    assert not line.learn_more.isVisible()
    for label in (line.sentence, line.detail, line.model):
        assert label.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByKeyboard
        assert label.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_button_does_what_the_sentence_says(qtbot, line):
    way = ChooseType(OutputType.AUTO)
    line.show_readiness(Readiness(State.LOSES, "Ready. Quality is lost.", "Because of this.", (way,)), LINE)
    (button,) = line.remedies
    assert button.text() == "Use Best match"
    assert line.detail.text() == "Because of this."
    assert button.accessibleDescription() == "Ready. Quality is lost."
    with qtbot.waitSignal(line.followed) as followed:
        button.click()
    assert followed.args == [way]
    line.set_enabled(False)
    assert not button.isEnabled()


def test_each_way_out_has_a_button(qtbot, line):
    ways = tuple(map(ChooseLayout, Layout))
    line.set_enabled(False)
    line.show_readiness(Readiness(State.STOPPED, "Cannot convert: it could be either.", remedies=ways), LINE)
    assert [button.text() for button in line.remedies] == [way.label for way in ways]
    assert not any(button.isEnabled() for button in line.remedies)
    line.set_enabled(True)
    for button, way in zip(line.remedies, ways, strict=True):
        with qtbot.waitSignal(line.followed) as followed:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert followed.args == [way]
    line.model.setFocus()
    for button in line.remedies:
        qtbot.keyClick(line.focusWidget(), Qt.Key.Key_Tab)
        assert button.hasFocus()
    line.show_readiness(Readiness(State.STOPPED, "Cannot convert.", remedies=ways[:1]), LINE)
    assert [button.isVisible() for button in line.remedies] == [True, False]


def test_what_stops_can_be_read_about(line):
    line.show_readiness(Readiness(State.STOPPED, "Cannot convert: no tokenizer.", code="no-tokenizer"), LINE)
    assert line.learn_more.isVisible()
    assert (line.learn_more.code, line.learn_more.accessibleDescription()) == (
        "no-tokenizer",
        "Cannot convert: no tokenizer.",
    )


def test_a_change_is_told_to_a_screen_reader(line, monkeypatch):
    told = []
    monkeypatch.setattr(desktop, "tell", lambda _, said: told.append(said))
    looking = Readiness(State.LOOKING, "Looking at the weights…")
    for found in (looking, Readiness(State.READY, "Ready."), Readiness(State.READY, "Ready."), looking):
        line.show_readiness(found, LINE)
    assert told == ["Ready."]
