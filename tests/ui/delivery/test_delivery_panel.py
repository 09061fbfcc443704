"""A finished file goes where it is used, and what came of it can be read, by mouse and by keyboard."""

import os
import shlex
from dataclasses import replace
from threading import Event

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QMessageBox, QScrollArea, QVBoxLayout, QWidget

from app.core.checkpoint.purpose import Task
from app.core.deliver import arrival, lm_studio_answer
from app.core.deliver.arrival import Way
from app.core.deliver.llama_app import llama_app_settings
from app.ui.delivery import delivering as module
from app.ui.delivery.delivery_panel import DeliveryPanel
from app.ui.delivery.ollama_sheet import OllamaSheet
from app.ui.proof.tones import Tone
from tests.core.deliver.finished_file import finished_file
from tests.core.deliver.openai_server import CHAT, message
from tests.ui.accessible import controls
from tests.ui.driving import DEADLINE


@pytest.fixture
def panel(qtbot, delivering, file, monkeypatch):
    monkeypatch.setattr(lm_studio_answer, "LM_STUDIO_PORT", 9)
    monkeypatch.setattr(arrival, "SHARING", ((Way.LINK, os.link),))
    panel = DeliveryPanel()
    panel.resize(800, 300)
    panel.follow(delivering)
    panel.show_file(file)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def idle(qtbot, panel, delivering):
    qtbot.waitUntil(lambda: not delivering.is_busy and panel.lm_studio.isEnabled(), timeout=DEADLINE)


def press(qtbot, button):
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)


def menu_titles(button):
    return [action.text() for action in button.menu().actions()]


def choose(button, title):
    next(action for action in button.menu().actions() if title in action.text()).trigger()


def add_to_ollama(qtbot, panel, system="", name=None):
    press(qtbot, panel.ollama)
    (sheet,) = panel.findChildren(OllamaSheet)
    if name is not None:
        sheet.name.setText(name)
    sheet.system.setPlainText(system)
    qtbot.keyClick(sheet.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.findChildren(OllamaSheet) == [])


def test_into_lm_studio_which_is_not_running(qtbot, panel, delivering, home, file):
    press(qtbot, panel.lm_studio)
    idle(qtbot, panel, delivering)
    there = home / ".lmstudio/models/somebody/tiny" / file.path.name
    assert there.samefile(file.path)
    assert panel.arrival.said.text() == "LM Studio has the file. It takes no additional space."
    assert panel.arrival.sign.tone is Tone.GOOD
    assert panel.answer.said.text().startswith("Not tried yet. LM Studio's server is not running")
    assert panel.answer.detail.text() == "Start LM Studio's server and try again."


def test_it_is_asked_again_when_the_program_runs(qtbot, panel, delivering, server, file, monkeypatch):
    press(qtbot, panel.lm_studio)
    idle(qtbot, panel, delivering)
    entry = {"type": "llm", "publisher": "somebody", "key": "tiny", "size_bytes": 1, "format": "gguf"}
    server.answers["/api/v1/models"] = 200, {"models": [entry]}
    server.answers[CHAT] = message(content="Paris.\nIt is.")
    monkeypatch.setattr(lm_studio_answer, "LM_STUDIO_PORT", server.port)
    assert panel.answer.next.text() == "Ask Again"
    press(qtbot, panel.answer.next)
    idle(qtbot, panel, delivering)
    assert panel.answer.said.text() == "“Paris. It is.”"
    assert "The answer took under 1 s." in panel.answer.detail.text()
    assert not panel.answer.next.isVisible()


def test_what_is_there_is_replaced_when_it_is_said(qtbot, panel, delivering, home, file):
    there = finished_file(home / ".lmstudio/models/somebody/tiny" / file.path.name)
    press(qtbot, panel.lm_studio)
    idle(qtbot, panel, delivering)
    assert "already exists" in panel.arrival.said.text()
    assert panel.arrival.sign.tone is Tone.POOR
    press(qtbot, panel.arrival.next)
    idle(qtbot, panel, delivering)
    assert there.samefile(file.path)
    assert "LM Studio has the file" in panel.arrival.said.text()


def test_without_lm_studio_there_is_a_next_step(qtbot, panel, delivering, home):
    (home / ".lmstudio").rmdir()
    press(qtbot, panel.lm_studio)
    idle(qtbot, panel, delivering)
    assert panel.arrival.said.text() == "LM Studio was not found on this Mac."
    assert panel.arrival.detail.text() == "Install it, open it once, and try again."
    assert not panel.arrival.next.isVisible()
    assert not panel.answer.isVisible()


def test_into_ollama(qtbot, panel, delivering, ollama):
    add_to_ollama(qtbot, panel, system="Be brief.")
    idle(qtbot, panel, delivering)
    assert list(ollama.models) == ["tiny:bf16"]
    assert ollama.created[0]["system"] == "Be brief."
    assert panel.arrival.said.text() == "tiny:bf16 is now in Ollama; 2.04 MB copied."
    assert panel.arrival.detail.text() == "Try it: ollama run tiny:bf16"
    assert panel.answer.said.text() == "“Paris. It is.”"


def test_a_name_that_ollama_has(qtbot, panel, delivering, ollama):
    ollama.models["mine:latest"] = {}
    add_to_ollama(qtbot, panel, name="mine")
    idle(qtbot, panel, delivering)
    assert panel.arrival.said.text() == "Ollama already has a model named mine."
    assert panel.arrival.next.text() == "Replace"
    press(qtbot, panel.arrival.next)
    idle(qtbot, panel, delivering)
    assert "mine is now in Ollama" in panel.arrival.said.text()


def test_names_are_judged_while_they_are_typed(qtbot, panel):
    press(qtbot, panel.ollama)
    (sheet,) = panel.findChildren(OllamaSheet)
    assert sheet.name.text() == "tiny:bf16"
    sheet.name.setText("my model")
    assert not sheet.add.isEnabled()
    assert "cannot be the name" in sheet.refusal.text()
    sheet.name.setText("")
    assert (sheet.add.isEnabled(), sheet.refusal.text()) == (False, "")
    sheet.name.setText("my-model")
    assert (sheet.add.isEnabled(), sheet.refusal.text()) == (True, "")
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)


def test_ollama_is_not_running(qtbot, panel, delivering):
    add_to_ollama(qtbot, panel)
    idle(qtbot, panel, delivering)
    assert panel.arrival.said.text().startswith("Ollama is not running")
    assert panel.arrival.detail.text()


def test_it_can_be_stopped(qtbot, panel, delivering, ollama):
    waiting, go_on = Event(), Event()

    def wait(handler):
        waiting.set()
        go_on.wait(20)
        handler.cut()
        return True

    ollama.faults["create"] = wait
    add_to_ollama(qtbot, panel)
    qtbot.waitUntil(waiting.is_set, timeout=DEADLINE)
    assert not panel.lm_studio.isEnabled()
    assert panel.arrival.next.text() == "Stop"
    press(qtbot, panel.arrival.next)
    idle(qtbot, panel, delivering)
    go_on.set()
    assert panel.arrival.said.text() == "Stopped."
    assert ollama.models == {}


def test_a_model_that_does_not_answer_has_arrived(qtbot, panel, delivering, ollama):
    ollama.faults["chat"] = lambda handler: handler.say(500, {"error": "no memory"}) is None
    add_to_ollama(qtbot, panel)
    idle(qtbot, panel, delivering)
    assert panel.arrival.sign.tone is Tone.GOOD
    assert panel.answer.said.text() == "The model does not answer in Ollama: no memory."
    assert panel.answer.sign.tone is Tone.POOR


def test_to_llama_and_to_a_modelfile(qtbot, panel, delivering, file):
    choose(panel.more, "Llama")
    idle(qtbot, panel, delivering)
    assert str(file.path) in llama_app_settings().read_text()
    choose(panel.more, "Modelfile")
    idle(qtbot, panel, delivering)
    assert (file.path.parent / "tiny-BF16.Modelfile").exists()
    assert panel.arrival.detail.text().startswith("Try it: ollama create tiny:bf16 -f ")
    assert not panel.answer.isVisible()


def test_commands_are_copied_whole(panel, file):
    assert menu_titles(panel.copy) == ["llama-cli -m tiny-BF16.gguf", "llama-server -m tiny-BF16.gguf"]
    choose(panel.copy, "llama-server")
    assert QGuiApplication.clipboard().text() == f"llama-server -m {shlex.quote(str(file.path))}"
    assert "llama-server" in panel.arrival.said.text()


def test_the_commands_are_those_of_its_task(panel, file):
    panel.show_file(replace(file, task=Task.RERANKING))
    assert menu_titles(panel.copy) == ["llama-server -m tiny-BF16.gguf --reranking"]


@pytest.fixture
def clipboard(qapp):
    """Emptied afterwards: Qt without a screen does not survive a file on it at the end of the program."""
    yield QGuiApplication.clipboard()
    QGuiApplication.clipboard().clear()


def test_the_file_can_be_dragged_and_copied(qtbot, panel, file, clipboard):
    assert [url.toLocalFile() for url in panel.drag.mime_data().urls()] == [str(file.path)]
    press(qtbot, panel.drag)
    assert [url.toLocalFile() for url in clipboard.mimeData().urls()] == [str(file.path)]
    assert panel.arrival.said.text() == "The file is on the clipboard."


def test_pulling_begins_a_drag_and_presses_nothing(qtbot, panel, monkeypatch):
    pulled = []
    monkeypatch.setattr(type(panel.drag), "_drag", lambda self: pulled.append(self))
    centre = panel.drag.rect().center()
    qtbot.mousePress(panel.drag, Qt.MouseButton.LeftButton, pos=centre)
    qtbot.mouseMove(panel.drag, centre + centre)
    with qtbot.assertNotEmitted(panel.drag.copied):
        qtbot.mouseRelease(panel.drag, Qt.MouseButton.LeftButton, pos=centre + centre)
    assert pulled == [panel.drag]


def test_a_model_card_is_written_of_what_was_just_converted(qtbot, panel, file):
    assert not panel.card.isVisible()
    panel.show_file(file, has_plan=True)
    assert panel.card.isVisible()
    with qtbot.waitSignal(panel.card_wanted) as told:
        choose(panel.more, "Model Card")
    assert told.args == [file]


def test_a_bug_is_told_as_one(qtbot, panel, delivering, monkeypatch):
    def fail(*_):
        raise RuntimeError("broken")

    monkeypatch.setattr(module, "deliver", fail)
    press(qtbot, panel.lm_studio)
    idle(qtbot, panel, delivering)
    (box,) = panel.findChildren(QMessageBox)
    assert "bug" in box.informativeText()
    box.close()


def test_another_file_begins_anew(qtbot, panel, delivering, file):
    press(qtbot, panel.lm_studio)
    idle(qtbot, panel, delivering)
    delivering.forget()
    panel.show_file(file)
    assert not panel.arrival.isVisible()
    with qtbot.assertNotEmitted(delivering.asking):
        delivering.ask()


@pytest.mark.parametrize("width", [420, 1200])
def test_no_button_is_cut(qtbot, panel, width):
    panel.resize(width, 300)
    qtbot.wait(20)
    buttons = [panel.drag, panel.lm_studio, panel.ollama, panel.copy, panel.more]
    assert all(button.width() >= button.sizeHint().width() for button in buttons)
    assert all(panel.rect().contains(button.geometry()) for button in buttons)
    assert len({button.y() for button in buttons}) == (1 if width == 1200 else 2)


def test_every_control_has_a_name_and_can_be_reached(panel):
    for widget in controls(panel):
        if widget.isVisible():
            assert QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_a_keyboard_stays_where_it_was(qtbot, panel, delivering):
    panel.activateWindow()
    press(qtbot, panel.lm_studio)
    idle(qtbot, panel, delivering)
    qtbot.waitUntil(panel.lm_studio.hasFocus)


def test_a_keyboard_that_went_on_stays_there(qtbot, panel, delivering):
    panel.activateWindow()
    press(qtbot, panel.lm_studio)
    panel.more.setFocus()
    panel.drag.setFocus()
    idle(qtbot, panel, delivering)
    assert panel.drag.hasFocus()


def test_what_comes_of_it_is_brought_into_sight(qtbot, panel, delivering):
    area = QScrollArea()
    qtbot.addWidget(area)
    ground = QWidget()
    column = QVBoxLayout(ground)
    column.addSpacing(300)
    column.addWidget(panel)
    area.setWidget(ground)
    area.setWidgetResizable(True)
    area.resize(900, 260)
    area.show()
    press(qtbot, panel.lm_studio)
    area.verticalScrollBar().setValue(0)
    idle(qtbot, panel, delivering)

    def end():
        return panel.answer.mapTo(area.viewport(), panel.answer.rect().bottomLeft()).y()

    qtbot.waitUntil(lambda: 0 < end() <= area.viewport().height())
    panel.setParent(None)  # it is closed on its own
