"""An adapter as a GGUF file of its own, exported from the window: asked for, refused, written, stopped."""

import shutil

import gguf
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from app.core.convert import prepare_adapter, write_adapter
from app.core.errors import Cancelled
from app.core.ggml_types import OutputType, T
from app.core.plan.adapter import plan_adapters
from app.core.progress import Progress, Stage
from app.ui import session_work
from app.ui.job import Job
from app.ui.queue import queue_work
from app.ui.session import State
from tests.adapters import save_mlx_adapter
from tests.ui.clipping import clipped
from tests.ui.driving import DEADLINE, boxes, drop, opened, planned, press, ready, settled


@pytest.fixture(scope="module")
def trained(tied_folder, tmp_path_factory):
    return save_mlx_adapter(tied_folder, tmp_path_factory.mktemp("trained") / "my-lora", layers=1)


@pytest.fixture
def adapter(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "runs" / "my-lora")


def asked(qtbot, window):
    """The sheet, when it is filled."""
    window.menus.export_adapter.trigger()
    sheet = window.workbench.adapter_export.sheet
    qtbot.waitUntil(lambda: sheet.plan is not None, timeout=DEADLINE)
    return sheet


def exported(qtbot, window, do):
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        do()
    settled(qtbot, window)


def click(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def as_from_the_command_line(adapter, base, path, kind=T.F32):
    return write_adapter(prepare_adapter(adapter, base, kind), path).path.read_bytes()


def facts(sheet):
    return {title.text(): value.text() for title, value in sheet.facts.rows}


def test_without_an_adapter_the_menu_says_why_not(qtbot, window, tied_folder):
    assert not window.menus.export_adapter.isEnabled()
    opened(qtbot, window, tied_folder)
    action = window.menus.export_adapter
    assert not action.isEnabled()
    assert "add one first" in action.toolTip()
    (menu,) = (one for one in action.associatedObjects() if one.inherits("QMenu"))
    assert menu.toolTipsVisible()
    window.workbench.adapter_export.ask()
    assert window.workbench.adapter_export.sheet is None


def test_exported_by_mouse_it_is_the_file_of_the_command_line(qtbot, window, adapter, tied_folder, tmp_path, revealed):
    opened(qtbot, window, adapter)
    assert window.menus.export_adapter.isEnabled()
    sheet = asked(qtbot, window)
    assert facts(sheet)["Adapter"] == "my-lora"
    assert facts(sheet)["Base model"] == tied_folder.name
    assert facts(sheet)["Changes"].startswith("7 tensors: attn_")
    assert facts(sheet)["Contents"] == "7 pairs of matrices, rank 4"
    assert [sheet.types.itemText(number)[:6] for number in range(3)] == ["F32 – ", "F16 – ", "BF16 –"]
    assert sheet.target.text().endswith("my-lora-lora-F32.gguf")
    assert not sheet.findings.isVisible()
    assert clipped(sheet) == []
    exported(qtbot, window, lambda: click(sheet.export))
    file = adapter.parent / "my-lora-lora-F32.gguf"
    assert file.read_bytes() == as_from_the_command_line(adapter, tied_folder, tmp_path / "other.gguf")
    done = window.workbench.page.output.current
    assert done._text.text().startswith("my-lora-lora-F32.gguf is ready: ")
    assert done._remark.text().endswith("llama-cli -m BASE.gguf --lora my-lora-lora-F32.gguf")
    click(done.reveal)
    assert revealed == [file]
    click(done.again)
    assert window.workbench.page.output.current is window.workbench.page.output._form
    assert window.workbench.adapter_export.sheet is None


def test_exported_by_keyboard(qtbot, window, adapter, tied_folder, tmp_path):
    opened(qtbot, window, adapter)
    sheet = asked(qtbot, window)
    sheet.types.setFocus()
    QTest.keyClick(sheet.types, Qt.Key.Key_Down)
    QTest.keyClick(sheet.types, Qt.Key.Key_Down)
    assert sheet.plan.type is T.BF16
    assert sheet.target.text().endswith("my-lora-lora-BF16.gguf")
    exported(qtbot, window, lambda: QTest.keyClick(sheet.types, Qt.Key.Key_Return))
    file = adapter.parent / "my-lora-lora-BF16.gguf"
    assert file.read_bytes() == as_from_the_command_line(adapter, tied_folder, tmp_path / "other.gguf", T.BF16)


def test_escape_closes_the_sheet_and_writes_nothing(qtbot, window, adapter):
    opened(qtbot, window, adapter)
    sheet = asked(qtbot, window)
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert window.workbench.adapter_export.sheet is None
    assert window.workbench.session.state is State.READY
    assert list(adapter.parent.iterdir()) == [adapter]


def test_everything_in_the_sheet_can_be_reached_with_tab(qtbot, window, adapter):
    opened(qtbot, window, adapter)
    sheet = asked(qtbot, window)
    for widget in (sheet.types, sheet.change, sheet.export, sheet.cancel):
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert widget.accessibleName() or widget.text()


def test_a_chosen_name_stays_and_the_usual_one_follows_the_type(qtbot, window, adapter, tmp_path):
    opened(qtbot, window, adapter)
    sheet = asked(qtbot, window)

    def choose(name):
        click(sheet.change)
        (dialog,) = (one for one in sheet.findChildren(QFileDialog) if one.isVisible())
        dialog.fileSelected.emit(str(tmp_path / name))
        dialog.close()

    choose("my-lora-lora-F32.gguf")
    QTest.keyClick(sheet.types, Qt.Key.Key_Down)
    assert sheet.chosen_target == tmp_path / "my-lora-lora-F16.gguf"
    choose("mine.gguf")
    QTest.keyClick(sheet.types, Qt.Key.Key_Down)
    assert sheet.chosen_target == tmp_path / "mine.gguf"


def test_it_is_asked_before_a_file_is_replaced(qtbot, window, adapter):
    opened(qtbot, window, adapter)
    file = adapter.parent / "my-lora-lora-F32.gguf"
    file.write_text("old")
    sheet = asked(qtbot, window)
    click(sheet.export)
    assert "my-lora-lora-F32.gguf already exists" in boxes(window)[0].text()
    press(window, "Cancel")
    assert file.read_text() == "old"
    assert sheet.isVisible()
    click(sheet.export)
    exported(qtbot, window, lambda: press(window, "Replace"))
    assert file.read_bytes()[:4] == b"GGUF"


def test_a_place_that_is_only_read_is_refused_in_the_sheet(qtbot, window, adapter):
    opened(qtbot, window, adapter)
    sheet = asked(qtbot, window)
    sheet.set_destination(adapter / "inside.gguf")
    click(sheet.export)
    (box,) = boxes(window)
    assert "only reads" in box.text()
    box.close()
    assert sheet.isVisible()


@pytest.mark.parametrize(
    ("method", "keys", "said", "why"),
    [
        ("dora", None, "cannot be written as LoRA, because DoRA", "holds only LoRA matrices"),
        ("full", None, "were trained in full", "holds only LoRA matrices"),
        ("lora", ["model.embed_tokens"], "also uses as its output matrix", "would abort"),
    ],
)
def test_what_stops_it_is_told_with_what_to_do_instead(qtbot, window, tied_folder, tmp_path, method, keys, said, why):
    folder = save_mlx_adapter(tied_folder, tmp_path / "other", method, keys, layers=1)
    opened(qtbot, window, folder)
    sheet = asked(qtbot, window)
    assert sheet.findings.isVisible()
    texts = " ".join(label.text() for label in sheet.findings.findChildren(QLabel))
    assert said in texts
    assert why in texts
    assert "Convert the model together with its adapter" in texts
    assert not sheet.export.isEnabled()
    assert clipped(sheet) == []
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    sheet.export_wanted.emit()
    assert window.workbench.session.state is State.READY


def test_a_model_that_cannot_be_converted_has_an_adapter_that_can(qtbot, window, adapter, copy_folder, tied_folder):
    """Its tokenizer is broken, and an adapter's file has none."""
    base = copy_folder(tied_folder)
    (base / "tokenizer.json").write_text("{}")
    window.open_folder(base, [adapter])
    ready(qtbot, window)
    assert not window.workbench.session.plan.can_convert
    sheet = asked(qtbot, window)
    exported(qtbot, window, lambda: click(sheet.export))


def test_the_strength_of_the_moment_is_part_of_the_file(qtbot, window, adapter):
    opened(qtbot, window, adapter)
    window.workbench.page.adapters.parts[0].strength.setValue(0.5)
    sheet = asked(qtbot, window)  # while other plans are on their way
    assert facts(sheet)["Adapter"] == "my-lora × 0.5"
    exported(qtbot, window, lambda: click(sheet.export))
    half = gguf.GGUFReader(adapter.parent / "my-lora-lora-F32.gguf")
    planned(qtbot, window, lambda: window.workbench.page.adapters.parts[0].strength.setValue(1))
    ready(qtbot, window)
    sheet = asked(qtbot, window)
    sheet.set_destination(adapter.parent / "whole.gguf")
    exported(qtbot, window, lambda: click(sheet.export))
    whole = gguf.GGUFReader(adapter.parent / "whole.gguf")
    for one, other in zip(half.tensors, whole.tensors, strict=True):
        assert (one.data == other.data * (0.5 if one.name.endswith("lora_b") else 1)).all()
    assert set(window.workbench.session.plans) == set(OutputType)  # nothing that was being planned got lost


def waiting_for(monkeypatch, stopped):
    """Instead of writing, report until it is cancelled."""

    def write(plan, target, *, overwrite, on_progress, is_cancelled):
        part = target.with_name(target.name + ".part")
        while not is_cancelled():
            on_progress(Progress(Stage.CONVERT, 1, 2, "blk.5.attn_q.weight.lora_a", 1.0))
            QTest.qSleep(5)
        assert not part.exists()
        stopped.append(True)
        raise Cancelled

    monkeypatch.setattr(queue_work, "write_adapter", write)


def test_progress_is_shown_and_it_can_be_stopped(qtbot, window, adapter, monkeypatch):
    stopped: list[bool] = []
    waiting_for(monkeypatch, stopped)
    opened(qtbot, window, adapter)
    sheet = asked(qtbot, window)
    click(sheet.export)
    assert window.workbench.queue.is_writing
    qtbot.waitUntil(lambda: window.workbench.queue_bar.bar.value() > 0, timeout=DEADLINE)
    (row,) = window.workbench.queue_bar.rows.values()
    assert "lora_a" in row.toolTip()
    with qtbot.waitSignal(window.workbench.queue.finished, timeout=DEADLINE):
        click(window.workbench.queue_bar.stop)
    assert stopped == [True]
    assert window.workbench.page.output.current is window.workbench.page.output._form
    assert window.menus.export_adapter.isEnabled()


def test_another_folder_closes_the_sheet(qtbot, window, adapter, changed_folder):
    opened(qtbot, window, adapter)
    asked(qtbot, window)
    opened(qtbot, window, changed_folder)
    assert window.workbench.adapter_export.sheet is None
    assert not window.menus.export_adapter.isEnabled()


def test_a_sheet_that_is_closed_early_is_not_filled(qtbot, window, adapter):
    opened(qtbot, window, adapter)
    window.menus.export_adapter.trigger()
    window.workbench.adapter_export.sheet.reject()
    qtbot.waitUntil(lambda: not window.workbench.session.findChildren(Job), timeout=DEADLINE)
    assert boxes(window) == []
    assert window.workbench.adapter_export.sheet is None


def test_an_error_while_planning_is_told(qtbot, window, adapter, monkeypatch):
    opened(qtbot, window, adapter)

    def fail(*_):
        raise RuntimeError("broken")

    monkeypatch.setattr(session_work, "plan_adapters", fail)
    window.menus.export_adapter.trigger()
    qtbot.waitUntil(lambda: bool(boxes(window)), timeout=DEADLINE)
    assert window.workbench.adapter_export.sheet is None
    boxes(window)[0].close()


def test_an_error_while_writing_is_told(qtbot, window, adapter, monkeypatch):
    opened(qtbot, window, adapter)
    sheet = asked(qtbot, window)
    (adapter / "adapters.safetensors").write_bytes(b"cut")
    with qtbot.waitSignal(window.workbench.queue.failed, timeout=DEADLINE):
        click(sheet.export)
    (box,) = boxes(window)
    assert "adapters.safetensors" in box.text()
    box.close()
    assert window.workbench.session.state is State.READY
    assert list(adapter.parent.iterdir()) == [adapter]


def test_the_window_answers_while_the_plans_are_made(qtbot, window, adapter, monkeypatch):
    opened(qtbot, window, adapter)
    let_go: list[bool] = []

    def slow(*arguments):
        while not let_go:
            QTest.qSleep(5)
        return plan_adapters(*arguments)

    monkeypatch.setattr(session_work, "plan_adapters", slow)
    window.menus.export_adapter.trigger()
    sheet = window.workbench.adapter_export.sheet
    assert sheet.isVisible()
    QApplication.processEvents()
    assert facts(sheet)["Changes"] == "Checking…"
    assert not sheet.export.isEnabled()
    let_go.append(True)
    qtbot.waitUntil(sheet.export.isEnabled, timeout=DEADLINE)


def test_dropping_still_works_after_an_export(qtbot, window, adapter, changed_folder):
    opened(qtbot, window, adapter)
    sheet = asked(qtbot, window)
    exported(qtbot, window, lambda: click(sheet.export))
    assert drop(window, changed_folder)
    ready(qtbot, window)
    assert window.workbench.page.output.current is window.workbench.page.output._form
