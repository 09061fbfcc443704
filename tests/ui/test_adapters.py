"""Adapters in the window: opened with their base, added, weighed, taken away again, and what the file keeps of them."""

import json
import shutil
from dataclasses import replace

import gguf
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit

from app.core.encode.kept import Kept
from app.core.ggml_types import OutputType
from app.ui.page.detail import Detail
from app.ui.settings import Recent
from app.ui.widgets.choice_sheet import ChoiceSheet
from tests.adapters import save_mlx_adapter
from tests.ui.clipping import nothing_is_clipped
from tests.ui.driving import (
    DEADLINE,
    boxes,
    drag,
    drop,
    go_to,
    leads_to,
    opened,
    planned,
    press,
    pretend,
    ready,
    rows,
    sentence,
)
from tests.ui.tensor_cells import NUMBER, cell, index_of

TOUCHED = "blk.5.attn_q.weight"


@pytest.fixture(scope="module")
def trained(tied_folder, tmp_path_factory):
    return save_mlx_adapter(tied_folder, tmp_path_factory.mktemp("trained") / "my-lora", layers=1)


@pytest.fixture
def adapter(trained, tmp_path):
    """One that may be changed, and beside which files may be written."""
    return shutil.copytree(trained, tmp_path / "runs" / "my-lora")


def without_base(adapter, name="somebody/a-model"):
    file = adapter / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"model": name}))


def what_happens(window, name=TOUCHED):
    (found,) = (row[-1] for row in rows(window) if name in row)
    return found


def facts(window, number=0):
    return {title.text(): value.text() for title, value in window.workbench.page.adapters.parts[number].facts.rows}


def reopened(qtbot, window, do):
    with qtbot.waitSignal(window.workbench.session.folder_changed, timeout=DEADLINE):
        do()
    ready(qtbot, window)


def choose(window, path):
    """Answer the panel that is open."""
    (dialog,) = (one for one in window.findChildren(QFileDialog) if one.isVisible())
    dialog.fileSelected.emit(str(path))
    dialog.close()


def convert(qtbot, window):
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()


def tensors(path):
    return {one.name: bytes(one.data) for one in gguf.GGUFReader(path).tensors}


def test_a_dropped_adapter_opens_with_its_base(qtbot, window, adapter, tied_folder):
    assert drop(window, adapter)
    ready(qtbot, window)
    assert window.workbench.session.checkpoint.folder == tied_folder
    assert window.windowTitle() == f"{tied_folder.name}-my-lora"
    card = window.workbench.page.adapters
    assert card.isVisible()
    assert facts(window)["Method"] == "LoRA, rank 4, scale 20"
    assert facts(window)["Changes"].startswith("1 of 6 layers: down_proj, ")
    assert card.parts[0].strength.value() == 1
    assert not card.parts[0].state.isVisible()
    assert what_happens(window) == "fine-tuned, rank 4"
    assert what_happens(window, "blk.0.attn_q.weight") == "copied"
    assert window.workbench.converting.targets()[0].parent == adapter.parent  # its base may lie in a cache
    nothing_is_clipped(qtbot, window)


def test_a_dropped_file_is_the_state_that_is_used(qtbot, window, adapter):
    last = adapter / "adapters.safetensors"
    for number in (100, 200):
        shutil.copy(last, adapter / f"0000{number}_adapters.safetensors")
    assert drop(window, adapter / "0000100_adapters.safetensors")
    ready(qtbot, window)
    state = window.workbench.page.adapters.parts[0].state
    assert state.currentText() == "after 100 iterations"
    titles = [state.itemText(number) for number in range(state.count())]
    assert titles == ["at the end of training", "after 200 iterations", "after 100 iterations"]
    reopened(qtbot, window, lambda: state.activated.emit(state.setCurrentIndex(0) or 0))
    assert window.workbench.session.adapters[0].adapter.file.path == last
    assert window.workbench.page.adapters.parts[0].state.currentText() == "at the end of training"


def test_a_base_that_is_not_found_is_asked_for(qtbot, window, adapter, tied_folder):
    without_base(adapter)
    with qtbot.waitSignal(window.workbench.session.failed, timeout=DEADLINE):
        drop(window, adapter)
    (box,) = boxes(window)
    assert "is not on this Mac: somebody/a-model" in box.text()
    assert "choose its folder" in box.informativeText()
    press(window, "Choose the Model…")
    reopened(qtbot, window, lambda: choose(window, tied_folder))
    assert what_happens(window) == "fine-tuned, rank 4"
    assert window.settings.recents() == [Recent(tied_folder, (adapter / "adapters.safetensors",))]


def test_what_is_open_stays_usable_where_no_base_is_found(qtbot, window, adapter, changed_folder):
    opened(qtbot, window, changed_folder)
    without_base(adapter, "")
    with qtbot.waitSignal(window.workbench.session.failed, timeout=DEADLINE):
        window.open_folder(adapter)
    (box,) = boxes(window)
    assert "does not say which model" in box.text()
    box.close()
    ready(qtbot, window)
    assert leads_to(window, Detail.TOKENIZER)
    planned(qtbot, window, lambda: window.workbench.session.choose(output_type=OutputType.Q8_0))
    planned(qtbot, window, lambda: window.workbench.session.choose(name="another"))
    assert window.workbench.session.plan.can_convert


def test_an_adapter_is_added_to_the_open_model_and_removed(qtbot, window, adapter, tied_folder):
    opened(qtbot, window, tied_folder)
    assert not window.workbench.page.adapters.isVisible()
    assert not window.menus.remove_adapter.isEnabled()
    planned(qtbot, window, lambda: window.workbench.session.choose(output_type=OutputType.Q8_0))
    drop(window, adapter)
    reopened(qtbot, window, lambda: press(window, "Add"))
    assert what_happens(window).startswith("fine-tuned, rank 4")
    assert window.workbench.session.options.output_type is OutputType.Q8_0
    assert window.workbench.converting.targets()[0].name == f"{tied_folder.name}-my-lora-Q8_0.gguf"
    window.menus.add_adapter.trigger()
    reopened(qtbot, window, lambda: choose(window, adapter))
    assert len(window.workbench.page.adapters.parts) == 2
    window.menus.remove_adapter.trigger()
    (sheet,) = window.findChildren(ChoiceSheet)
    sheet.names.setCurrentRow(1)
    reopened(qtbot, window, sheet.accept)
    reopened(qtbot, window, window.workbench.page.adapters.parts[0].remove.click)
    assert not window.workbench.page.adapters.isVisible()
    assert what_happens(window) == "as Q8_0"
    assert window.workbench.session.plan.can_convert


def test_a_dropped_adapter_can_leave_the_open_model_for_its_own(qtbot, window, adapter, changed_folder, tied_folder):
    opened(qtbot, window, changed_folder)
    drop(window, adapter)
    reopened(qtbot, window, lambda: press(window, "Open with Its Own Model"))
    assert window.workbench.session.checkpoint.folder == tied_folder


def test_an_adapter_that_cannot_be_read_leaves_the_model_as_it_was(qtbot, window, adapter, tied_folder):
    opened(qtbot, window, tied_folder)
    (adapter / "adapters.safetensors").write_bytes(b"no")
    with qtbot.waitSignal(window.workbench.session.failed, timeout=DEADLINE):
        window.workbench.session.add_adapter(adapter)
    (box,) = boxes(window)
    assert "adapters.safetensors cannot be used" in box.text()
    box.close()
    assert window.workbench.session.plan.can_convert
    planned(qtbot, window, lambda: window.workbench.session.choose(name="another"))
    assert window.workbench.session.plan.can_convert


def test_an_adapter_that_fails_during_the_look_does_not_end_the_look(qtbot, window, adapter, tied_folder):
    (adapter / "adapters.safetensors").write_bytes(b"no")
    window.open_folder(tied_folder)
    with qtbot.waitSignal(window.workbench.session.failed, timeout=DEADLINE):
        qtbot.waitUntil(lambda: window.workbench.session.plan is not None, timeout=DEADLINE)
        window.workbench.session.add_adapter(adapter)
    ready(qtbot, window)
    assert window.workbench.session.plan.can_convert


def test_the_strength_changes_the_file(qtbot, window, adapter, tied_folder, tmp_path):
    opened(qtbot, window, adapter)
    field = window.workbench.page.adapters.parts[0].strength
    before = window.workbench.session.plan
    planned(qtbot, window, lambda: field.findChild(QLineEdit).setText("0.5") or field.interpretText())
    assert window.workbench.session.plan.adapters[0].strength == 0.5
    assert before.byte_count == window.workbench.session.plan.byte_count
    planned(qtbot, window, lambda: field.setValue(0))
    assert field is window.workbench.page.adapters.parts[0].strength  # it stays while something is typed into it
    window.workbench.converting.set_destination(tmp_path / "nothing.gguf")
    convert(qtbot, window)
    opened(qtbot, window, tied_folder)
    window.workbench.converting.set_destination(tmp_path / "base.gguf")
    convert(qtbot, window)
    assert tensors(tmp_path / "nothing.gguf") == tensors(tmp_path / "base.gguf")


def test_convert_right_after_a_new_strength_writes_that(qtbot, window, adapter, tmp_path):
    opened(qtbot, window, adapter)
    for number, strength in enumerate((0.5, 2)):
        window.workbench.converting.set_destination(tmp_path / f"{number}.gguf")
        with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
            window.workbench.page.adapters.parts[0].strength.setValue(strength)
            window.workbench.session.choose(output_type=OutputType.F32)  # another choice does not undo it
            window.workbench.converting.convert()
        assert window.workbench.session.plan.adapters[0].strength == strength
        window.workbench.page.output.again_wanted.emit()
    first, second = (tensors(tmp_path / f"{number}.gguf") for number in (0, 1))
    assert first[TOUCHED] != second[TOUCHED]


def test_the_result_says_what_was_kept(qtbot, window, adapter, tmp_path):
    opened(qtbot, window, adapter)
    window.workbench.converting.set_destination(tmp_path / "tuned.gguf")
    convert(qtbot, window)
    done = window.workbench.page.output.current
    assert done._remark.text().startswith("Fine-tune kept: 100.0%, with ")
    assert "of the change in 7 tensors" in done._remark.toolTip()
    assert done._sign.currentIndex() == 0
    table = window.workbench.page.table
    assert not table.view.isColumnHidden(NUMBER["Kept"])
    assert cell(index_of(table.model, TOUCHED), "Kept") == "100.0%"


def test_a_fine_tune_that_is_lost_is_a_warning(qtbot, window, adapter, tmp_path):
    opened(qtbot, window, adapter)
    window.workbench.converting.set_destination(tmp_path / "lost.gguf")
    convert(qtbot, window)
    pretend(window, written=(replace(window.workbench.result.written[0], kept={TOUCHED: Kept(1.0, 0.5, 0.2)}),))
    done = window.workbench.page.output.current
    assert done._remark.text() == "Only 50.0% of the fine-tune was kept: see the notes"
    assert done._sign.currentIndex() == 1
    said = sentence(window)
    assert said.startswith(
        "Converted. Part of the fine-tune was lost. Only 50.0% of the adapter's change is in the file"
    )
    go_to(window, Detail.NOTES)
    assert any(
        "Only 50.0% of the adapter's change" in label.text()
        for label in window.workbench.page.findings.findChildren(QLabel)
    )
    planned(qtbot, window, lambda: window.workbench.session.choose(name="another"))
    assert not any("of the adapter's change" in one.what for one in window.workbench.page.findings._shown)
    assert sentence(window).startswith("Ready. ")


def test_recent_folders_open_with_their_adapters(qtbot, window, adapter, tied_folder, changed_folder):
    opened(qtbot, window, adapter)
    opened(qtbot, window, changed_folder)
    window.menus.recents.refresh()
    (action,) = (one for one in window.menus.recents.actions() if one.text().endswith("my-lora"))
    assert action.text() == f"{tied_folder.name} + my-lora"
    reopened(qtbot, window, action.trigger)
    assert what_happens(window) == "fine-tuned, rank 4"


def test_an_adapter_of_another_model_stops_with_the_reason(qtbot, window, adapter, tied_folder):
    import mlx.core as mx

    file = adapter / "adapters.safetensors"
    arrays = mx.load(str(file))
    assert isinstance(arrays, dict)
    mx.save_safetensors(str(file), {name.replace("q_proj", "r_proj"): array for name, array in arrays.items()})
    window.open_folder(tied_folder, [adapter])
    ready(qtbot, window)
    assert not window.workbench.session.plan.can_convert
    assert "for a layer that this model does not have" in sentence(window)
    assert window.workbench.page.adapters.isVisible()
    nothing_is_clipped(qtbot, window)
    go_to(window, Detail.NOTES)
    assert any("for a layer that this model does not have" in one.what for one in window.workbench.page.findings._shown)
    nothing_is_clipped(qtbot, window)


def test_where_a_tooltip_says_how_strongly_a_row_is_changed(qtbot, window, adapter):
    opened(qtbot, window, adapter)
    index = index_of(window.workbench.page.table.model, TOUCHED).siblingAtColumn(NUMBER["What happens"])
    tip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert "LoRA: rank 4, scale 20" in tip


def test_whole_tensors_have_no_strength(qtbot, window, tied_folder, tmp_path):
    full = save_mlx_adapter(tied_folder, tmp_path / "full", "full", layers=1)
    opened(qtbot, window, full)
    assert not window.workbench.page.adapters.parts[0].strength.isVisible()
    assert what_happens(window) == "fine-tuned"


@pytest.mark.parametrize("adapter_first", [True, False])
def test_a_model_and_an_adapter_that_are_dropped_together_are_opened_together(
    qtbot, window, adapter, tied_folder, copy_folder, adapter_first
):
    base = copy_folder(tied_folder)  # not the one that the adapter names
    drag(window, adapter, base)
    assert window.workbench.drops.overlay.text == f"Drop to open {base.name} + my-lora"
    assert drop(window, *((adapter, base) if adapter_first else (base, adapter)))
    ready(qtbot, window)
    assert window.workbench.session.checkpoint.folder == base
    assert what_happens(window) == "fine-tuned, rank 4"
    assert window.settings.recents() == [Recent(base, (adapter / "adapters.safetensors",))]


def test_of_files_that_are_dropped_together_each_means_its_folder(qtbot, window, adapter, tied_folder):
    """But an adapter's own file means that state of the training."""
    first = adapter / "0000100_adapters.safetensors"
    shutil.copy(adapter / "adapters.safetensors", first)
    assert drop(window, tied_folder / "config.json", tied_folder / "model.safetensors", first)
    ready(qtbot, window)
    assert window.workbench.session.checkpoint.folder == tied_folder
    assert [one.adapter.file.path for one in window.workbench.session.adapters] == [first]


def test_several_adapters_beside_one_model_are_all_added(qtbot, window, adapter, tied_folder):
    other = shutil.copytree(adapter, adapter.with_name("another"))
    assert drop(window, other, tied_folder, adapter)
    ready(qtbot, window)
    assert [one.adapter.folder for one in window.workbench.session.adapters] == [other, adapter]


def test_two_adapters_or_two_models_with_one_are_not_taken(window, adapter, tied_folder, changed_folder):
    other = shutil.copytree(adapter, adapter.with_name("another"))
    for paths in ((adapter, other), (tied_folder, changed_folder, adapter)):
        assert not drop(window, *paths)
        assert (
            window.workbench.drops.overlay.text
            == "Drop one model folder at a time with its adapters, or several models without any."
        )


def test_an_adapter_beside_what_is_no_model_is_not_taken(window, adapter, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert not drop(window, adapter, empty)
    assert "is not a model folder" in window.workbench.drops.overlay.text
