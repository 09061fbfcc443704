"""Names of strangers in the window: on one line, never rich text, never without an end."""

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QWidget

from app.core.errors import TargetError
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from app.core.progress import Progress, Stage
from app.ui.queue.queue_item import ItemState, QueueItem, Unopened
from app.ui.widgets.failure import Failure, show_failure
from app.ui.widgets.sheets import ask_to_replace
from tests.core.checkpoint.written_by_hand import read_parts, write_safetensors
from tests.ui.driving import opened
from tests.ui.tensor_cells import rows_of

HTML = "<b>bold</b><br>"
NEWLINE = "a\nWrote evil.gguf"
LONG = "x" * 900  # as long as a header may have it


@pytest.fixture
def odd_folder(tied_folder, copy_folder):
    """Tensors, the folder and settings have names that a person should not be shown as they are."""
    folder = copy_folder(tied_folder)
    header, values = read_parts(folder / "model.safetensors")
    for name in (HTML, NEWLINE, LONG):
        header[name] = {"dtype": "F32", "shape": [0], "data_offsets": [len(values), len(values)]}
    write_safetensors(folder / "model.safetensors", header)
    with (folder / "model.safetensors").open("ab") as file:
        file.write(values)
    config = json.loads((folder / "config.json").read_text()) | {"layout": HTML}
    (folder / "config.json").write_text(json.dumps(config))
    return folder.rename(folder.with_name("<b>bold<b>\nWrote evil.gguf & Co"))


def texts_of(window):
    yield window.windowTitle()
    for label in window.findChildren(QLabel):
        yield label.text()
    for _, _, *cells in rows_of(window.workbench.page.table.model):
        yield from cells


def test_names_are_shown_on_one_line_and_as_they_are(qtbot, window, odd_folder):
    opened(qtbot, window, odd_folder)
    texts = list(texts_of(window))
    assert not any("\n" in text for text in texts)
    assert any("a\\nWrote evil.gguf" in text for text in texts)
    assert max(map(len, texts)) < 1000
    shown = [label for label in window.findChildren(QLabel) if "<b>" in label.text()]
    assert shown
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in shown)
    tips = [widget.toolTip() for widget in window.findChildren(QLabel) if "bold" in widget.toolTip()]
    assert tips
    assert all("&lt;b&gt;" in tip and "<b>" not in tip for tip in tips)


def test_an_item_of_the_queue_is_shown_plainly(window, tmp_path):
    name, source = f"{NEWLINE}{HTML}", Unopened(PlanOptions(output_type=OutputType.AUTO), lambda *_: tmp_path)
    progress = Progress(Stage.CONVERT, 1, 2, name, 1.0)
    failure = Failure(name, "", "")
    running = QueueItem(name, tmp_path, source, state=ItemState.OPENING, progress=progress, number=1)
    window.workbench.queue.items = (running, replace(running, number=2, state=ItemState.FAILED, failure=failure))
    window.workbench.queue.rows_changed.emit()
    labels = [label for label in window.workbench.queue_bar.findChildren(QLabel) if "evil" in label.text()]
    assert len(labels) >= 3
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels)
    tips = [
        widget.toolTip() for widget in window.workbench.queue_bar.findChildren(QWidget) if "evil" in widget.toolTip()
    ]
    assert tips
    assert not any(HTML in tip or "\n" in tip for tip in tips)


def test_names_on_buttons_and_in_menus_are_plain(qtbot, window, odd_folder):
    opened(qtbot, window, odd_folder)
    window.menus.recents.refresh()
    (action,) = (action for action in window.menus.recents.actions() if "bold" in action.text())
    assert action.text() == "<b>bold<b>\\nWrote evil.gguf && Co"
    assert "<b>" not in action.toolTip()
    (button,) = (one for one in window.welcome.findChildren(QPushButton) if "bold" in one.text())
    assert button.text() == "<b>bold<b>\\nWrote evil.gguf && Co"
    assert "<b>" not in button.toolTip()


@pytest.mark.parametrize("ask", [True, False], ids=["question", "error"])
def test_names_in_sheets_are_plain(qtbot, window, tmp_path, ask):
    if ask:
        ask_to_replace(window, [tmp_path / f"{NEWLINE}{HTML.replace('/', '')}.gguf"], lambda: None)
    else:
        show_failure(window, TargetError(f"{NEWLINE}{HTML}", HTML))
    (box,) = (box for box in window.findChildren(QMessageBox) if box.isVisible())
    labels = [label for label in box.findChildren(QLabel) if label.text() and "Show Details" not in label.text()]
    assert len(labels) >= 2
    assert all("\n" not in label.text() for label in labels)
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels)
    box.close()
    QApplication.processEvents()
