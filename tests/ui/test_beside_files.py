"""What is written beside a finished file, and what is said in it: the model card, its details, the list of tensors."""

import csv
import json

from PySide6.QtWidgets import QFileDialog

from app.ui.delivery.file_sheet import FileSheet
from tests.ui.driving import DEADLINE, boxes, opened, planned, press


def finished(qtbot, window, folder, target):
    opened(qtbot, window, folder)
    window.workbench.converting.set_destination(target)
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()
    return window.workbench.page.output.delivery


def test_a_card_is_written_beside_the_file(qtbot, window, tied_folder, tmp_path):
    panel = finished(qtbot, window, tied_folder, tmp_path / "mine.gguf")
    panel.card.trigger()
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "mine.gguf" in card
    assert panel.arrival.said.text() == "The model card is README.md, beside the file."


def test_a_card_of_ones_own_is_asked_about(qtbot, window, tied_folder, tmp_path):
    panel = finished(qtbot, window, tied_folder, tmp_path / "mine.gguf")
    own = tmp_path / "README.md"
    own.write_text("mine")
    panel.card.trigger()
    press(window, "Cancel")
    assert own.read_text() == "mine"
    qtbot.waitUntil(lambda: not boxes(window))
    panel.card.trigger()
    press(window, "Replace")
    assert "mine.gguf" in own.read_text(encoding="utf-8")


def test_details_of_the_file(qtbot, window, tied_folder):
    opened(qtbot, window, tied_folder)
    window.menus.file_details.trigger()
    (sheet,) = (one for one in window.findChildren(FileSheet) if one.isVisible())
    sheet.fields["author"].setText("Somebody")
    sheet.split.setCurrentIndex(sheet.split.findData(2 * 10**9))
    planned(qtbot, window, sheet.accept)
    plan = window.workbench.session.plan
    assert {entry.key: entry.value for entry in plan.metadata}["general.author"] == "Somebody"
    assert plan.options.split_max_size == 2 * 10**9
    planned(qtbot, window, window.menus.undo.trigger)
    assert window.workbench.session.options.split_max_size is None


def save_as(window, path):
    """In the panel that asks where."""
    (panel,) = (one for one in window.findChildren(QFileDialog) if one.isVisible())
    panel.selectFile(str(path))
    panel.fileSelected.emit(str(path))
    panel.close()


def test_the_list_of_tensors(qtbot, window, tied_folder, tmp_path):
    finished(qtbot, window, tied_folder, tmp_path / "mine.gguf")
    names = [tensor.name for tensor in window.workbench.session.plan.tensors]
    window.workbench.page.table.export.trigger()
    save_as(window, tmp_path / "tensors.csv")
    with (tmp_path / "tensors.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row["name"] for row in csv.DictReader(stream)][: len(names)] == names
    window.workbench.page.table.export.trigger()
    save_as(window, tmp_path / "tensors.json")
    assert [one["name"] for one in json.loads((tmp_path / "tensors.json").read_text())][: len(names)] == names


def test_hidden_columns_are_remembered(qtbot, window, settings, tied_folder):
    opened(qtbot, window, tied_folder)
    menu = window.workbench.page.table.columns
    action = next(one for one in menu.actions() if one.text() == "Shape")
    action.trigger()
    assert settings.hidden_columns() == ["shape"]
    action.trigger()
    assert settings.hidden_columns() == []
