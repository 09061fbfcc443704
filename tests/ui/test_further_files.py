"""Several types in one go, and an importance matrix, in the window."""

import gguf
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.human_text import bytes_in_words
from app.core.plan import PlanOptions
from app.ui.session import State
from tests.core.imatrix_by_hand import entries_for, shapes_of, write_imatrix
from tests.tiny_checkpoints import gemma3_config, gemma3_folder, row_count
from tests.ui.driving import (
    DEADLINE,
    all_formats,
    choose_formats,
    chosen_format,
    opened,
    planned,
    press,
    rows,
    type_actions,
)


def convert_all(qtbot, window):
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()


def test_several_types_are_written_in_one_go(qtbot, window, changed_folder, tmp_path, revealed):
    opened(qtbot, window, changed_folder)
    form = window.workbench.page.output._form
    choose_formats(window, OutputType.Q8_0, OutputType.F16, OutputType.Q4_0)
    assert chosen_format(window) is OutputType.Q8_0
    total = bytes_in_words(sum(plan.byte_count for plan in window.workbench.session.orders))
    assert window.workbench.page.overview.formats.also.text() == f"Also F16, Q4_0: {total} together"
    assert form.target.text().endswith(f"  ·  3 files, {total}")
    assert form._place.text() == "Save in"
    window.workbench.converting.set_destination(tmp_path / window.workbench.converting.targets()[0].name)
    name = changed_folder.name
    targets = [tmp_path / f"{name}-{kind}.gguf" for kind in ("Q8_0", "F16", "Q4_0")]
    assert form.target.toolTip().split("\n") == [str(target) for target in targets]
    convert_all(qtbot, window)
    for target in targets:
        kind = OutputType(target.stem.rsplit("-", 1)[1].lower())
        alone = tmp_path / "alone.gguf"
        convert(prepare_plan(open_checkpoint(changed_folder), PlanOptions(kind)), alone, overwrite=True)
        assert target.read_bytes() == alone.read_bytes()
    done = window.workbench.page.output.current
    total = bytes_in_words(sum(target.stat().st_size for target in targets))
    assert [done.files.itemText(row) for row in range(3)] == [target.name for target in targets]
    assert all(target.name in done._text.toolTip() for target in targets)
    assert done._text.text().startswith(f"3 files are ready: {total}")
    done.reveal.click()
    assert revealed == targets[:1]


def test_the_chosen_type_is_not_written_twice(qtbot, window, changed_folder):
    opened(qtbot, window, changed_folder)
    formats = window.workbench.page.overview.formats
    choose_formats(window, OutputType.AUTO, OutputType.Q8_0)
    assert len(window.workbench.converting.targets()) == 2
    (card,) = (one for one in formats.cards.buttons if one.choice.output_type is OutputType.Q8_0)
    card.click()
    assert formats.also.text() == ""
    assert len(window.workbench.converting.targets()) == 1
    choose_formats(window, OutputType.F16, OutputType.F16)
    assert len(window.workbench.converting.targets()) == 1


def test_what_is_written_besides_stays_ticked(qtbot, window, changed_folder):
    opened(qtbot, window, changed_folder)
    choose_formats(window, OutputType.AUTO, OutputType.Q8_0)
    sheet = all_formats(window)
    ticked = [one.output_type for row, one in enumerate(sheet._choices) if sheet._is_ticked(row)]
    assert ticked == [OutputType.Q8_0]
    sheet.reject()
    assert len(window.workbench.converting.targets()) == 2


def test_types_of_one_name_get_names_of_their_own(qtbot, window, changed_folder, tmp_path):
    opened(qtbot, window, changed_folder)
    choose_formats(window, OutputType.AUTO, OutputType.LOSSLESS, OutputType.BF16)
    name = changed_folder.name
    assert [target.name for target in window.workbench.converting.targets()] == [
        *(f"{name}-BF16-auto.gguf", f"{name}-BF16-lossless.gguf", f"{name}-BF16.gguf")
    ]
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    names = [target.name for target in window.workbench.converting.targets()]
    assert names == ["mine.gguf", "mine-BF16-lossless.gguf", "mine-BF16.gguf"]


def test_further_types_are_forgotten_with_the_folder(qtbot, window, changed_folder, tied_folder):
    opened(qtbot, window, changed_folder)
    choose_formats(window, OutputType.AUTO, OutputType.Q8_0)
    opened(qtbot, window, tied_folder)
    assert len(window.workbench.converting.targets()) == 1


def test_all_existing_files_are_asked_about_at_once(qtbot, window, changed_folder, tmp_path):
    opened(qtbot, window, changed_folder)
    choose_formats(window, OutputType.AUTO, OutputType.Q8_0)
    window.workbench.converting.set_destination(tmp_path / window.workbench.converting.targets()[0].name)
    for target in window.workbench.converting.targets():
        target.write_text("mine")
    window.workbench.converting.convert()
    (box,) = window.findChildren(QMessageBox)
    assert all(target.name in box.text() for target in window.workbench.converting.targets())
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        press(window, "Replace")
    assert all(target.read_bytes().startswith(b"GGUF") for target in window.workbench.converting.targets())


def made_imatrix(folder, path):
    plan = prepare_plan(open_checkpoint(folder), PlanOptions(OutputType.Q4_0))
    return write_imatrix(path, entries_for(shapes_of(plan)))


def importance_actions(window):
    return {action.text(): action for action in window.workbench.choosing.importance.actions() if action.isVisible()}


def test_an_importance_matrix_can_be_chosen_and_forgotten(qtbot, window, changed_folder, tmp_path):
    file = made_imatrix(changed_folder, tmp_path / "mine.gguf")
    opened(qtbot, window, changed_folder)
    choose_formats(window, OutputType.Q4_0)
    assert importance_actions(window)["&None"].isChecked()
    planned(qtbot, window, lambda: window.workbench.session.read_imatrix(file))
    actions = importance_actions(window)
    assert actions["mine.gguf"].isChecked()
    assert not actions["&None"].isChecked()
    actions["mine.gguf"].trigger()
    assert actions["mine.gguf"].isChecked()
    assert any("mine.gguf covers" in finding.what for finding in window.workbench.session.plan.findings)
    window.workbench.converting.set_destination(tmp_path / "weighted.gguf")
    convert_all(qtbot, window)
    keys = gguf.GGUFReader(tmp_path / "weighted.gguf").fields
    assert keys["quantize.imatrix.file"].contents() == "mine.gguf"
    planned(qtbot, window, importance_actions(window)["&None"].trigger)
    assert "mine.gguf" not in importance_actions(window)
    window.workbench.page.output.again_wanted.emit()
    window.workbench.converting.set_destination(tmp_path / "plain.gguf")
    convert_all(qtbot, window)
    assert "quantize.imatrix.file" not in gguf.GGUFReader(tmp_path / "plain.gguf").fields


def test_types_that_need_one_are_offered_with_one(qtbot, window, tmp_path):
    config = gemma3_config(row_count(), hidden_size=256, num_hidden_layers=1)
    folder = gemma3_folder(tmp_path / "wide", "none", config=config)
    file = made_imatrix(folder, tmp_path / "mine.gguf")
    opened(qtbot, window, folder)
    actions = type_actions(window, "blk.0.attn_q.weight")
    assert "Q6_K" in actions
    assert "IQ2_XXS" not in actions
    planned(qtbot, window, lambda: window.workbench.session.read_imatrix(file))
    planned(qtbot, window, type_actions(window, "blk.0.attn_q.weight")["IQ2_XXS"].trigger)
    assert window.workbench.session.plan.can_convert


def test_what_is_no_importance_matrix_is_an_error_with_a_sheet(qtbot, window, changed_folder, tmp_path):
    file = tmp_path / "notes.gguf"
    file.write_text("no")
    opened(qtbot, window, changed_folder)
    with qtbot.waitSignal(window.workbench.session.failed, timeout=DEADLINE):
        window.workbench.session.read_imatrix(file)
    (box,) = window.findChildren(QMessageBox)
    assert "notes.gguf is not an importance matrix" in box.text()
    box.close()
    assert window.workbench.session.state is State.READY
    assert window.workbench.session.plan.options.imatrix is None


def test_convert_while_an_importance_matrix_is_read_waits_for_its_plan(qtbot, window, changed_folder, tmp_path):
    file = made_imatrix(changed_folder, tmp_path / "mine.gguf")
    opened(qtbot, window, changed_folder)
    choose_formats(window, OutputType.Q4_0)
    for number in (1, 2):  # the second time nothing changes, and there is no new plan to wait for
        window.workbench.converting.set_destination(tmp_path / f"{number}.gguf")
        with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
            window.workbench.session.read_imatrix(file)
            window.workbench.converting.convert()
        assert "quantize.imatrix.file" in gguf.GGUFReader(tmp_path / f"{number}.gguf").fields
        window.workbench.page.output.again_wanted.emit()


def test_the_destination_of_several_is_a_folder(qtbot, window, changed_folder, tmp_path):
    opened(qtbot, window, changed_folder)
    choose_formats(window, OutputType.AUTO, OutputType.Q8_0)
    window.workbench.converting.choose_destination()
    (dialog,) = window.findChildren(QFileDialog)
    assert dialog.fileMode() is QFileDialog.FileMode.Directory
    dialog.fileSelected.emit(str(tmp_path))
    dialog.reject()
    name = changed_folder.name
    targets = window.workbench.converting.targets()
    assert targets == (tmp_path / f"{name}-BF16.gguf", tmp_path / f"{name}-Q8_0.gguf")


def test_the_table_shows_any_of_the_files(qtbot, window, changed_folder, tmp_path):
    opened(qtbot, window, changed_folder)
    files = window.workbench.page.output._done.files
    window.workbench.converting.set_destination(tmp_path / "alone.gguf")
    convert_all(qtbot, window)
    assert files.isHidden()
    window.workbench.page.output.again_wanted.emit()
    choose_formats(window, OutputType.AUTO, OutputType.Q8_0)
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    convert_all(qtbot, window)
    assert [files.itemText(row) for row in range(files.count())] == ["mine.gguf", "mine-Q8_0.gguf"]
    assert not any("Q8_0" in row for row in rows(window))
    files.setCurrentIndex(1)
    files.activated.emit(1)
    shown = [row for row in rows(window) if "Q8_0" in row]
    assert shown
    assert any(cell.endswith("%") for row in shown for cell in row)  # its errors too
