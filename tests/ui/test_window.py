"""The window on the real engine with tiny folders: everything a user does, by mouse, keyboard and drop."""

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDragLeaveEvent, QFileOpenEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMessageBox

from app.core.architectures import Layout
from app.core.convert import convert_all as real_convert
from app.core.ggml_types import OutputType
from app.core.human_text import bytes_in_words
from app.core.plan import HeadAction, HeadChoice, HeadKind
from app.core.resources import resource_path
from app.ui.formats.all_formats_sheet import BYTES
from app.ui.page.detail import Detail
from app.ui.queue import queue_work
from app.ui.session import State
from app.ui.settings import Recent
from tests.ui.driving import (
    DEADLINE,
    all_formats,
    boxes,
    choose_formats,
    choose_head,
    chosen_format,
    drag,
    drop,
    go_to,
    opened,
    planned,
    press,
    ready,
    rows,
    sentence,
    settled,
    type_actions,
)
from tests.ui.tensor_cells import NUMBER


@pytest.mark.parametrize("what", ["", "config.json", "model.safetensors"])
def test_drop_a_folder_or_a_file_in_it(qtbot, window, copied_folder, what):
    assert drop(window, copied_folder / what)
    ready(qtbot, window)
    assert window.workbench.session.checkpoint.folder == copied_folder
    assert not window.workbench.drops.overlay.isVisible()
    assert window.windowTitle() == copied_folder.name


def test_several_files_of_one_folder_are_that_folder(qtbot, window, copied_folder):
    assert drop(window, copied_folder / "config.json", copied_folder / "tokenizer.json")
    ready(qtbot, window)


@pytest.mark.parametrize("what", ["nonsense", "one of two", "gone"])
def test_something_else_is_refused_with_the_reason(window, copied_folder, tmp_path, what):
    paths = {"nonsense": [tmp_path], "one of two": [copied_folder, tmp_path], "gone": [tmp_path / "no" / "x"]}[what]
    assert not drop(window, *paths)
    assert window.workbench.drops.overlay.isVisible()
    assert window.workbench.drops.overlay.text
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.workbench.drops.overlay.isVisible()
    assert window.workbench.session.state is State.EMPTY


def test_hovering_says_what_a_drop_would_do(window, copied_folder):
    drag(window, copied_folder)
    assert copied_folder.name in window.workbench.drops.overlay.text


def test_dock_drop_before_and_after_the_window(qtbot, qapp, window, copied_folder, tied_folder):
    QApplication.sendEvent(qapp, QFileOpenEvent(str(copied_folder)))
    qapp.show_window(window)
    ready(qtbot, window)
    assert window.workbench.session.checkpoint.folder == copied_folder
    QApplication.sendEvent(qapp, QFileOpenEvent(str(tied_folder / "config.json")))
    qtbot.waitUntil(lambda: window.workbench.session.checkpoint.folder == tied_folder, timeout=DEADLINE)
    ready(qtbot, window)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("tied_folder", HeadKind.TIED), ("copied_folder", HeadKind.COPY), ("changed_folder", HeadKind.UNTIED)],
)
def test_each_verdict_is_shown(qtbot, window, folder, kind, request):
    opened(qtbot, window, request.getfixturevalue(folder))
    assert window.workbench.session.plan.lm_head.kind is kind
    go_to(window, Detail.HEAD)
    texts = [label.text() for label in window.workbench.page.head.findChildren(QLabel) if label.isVisible()]
    assert any(
        finding.what in texts for finding in window.workbench.session.plan.findings if "lm_head" in finding.subject
    )


def test_the_choice_changes_plan_table_and_size(qtbot, window, changed_folder):
    opened(qtbot, window, changed_folder)
    before = window.workbench.session.plan.byte_count
    assert any("output.weight" in row for row in rows(window))
    choose_head(window, HeadChoice.SHARE)
    qtbot.waitUntil(lambda: window.workbench.session.plan.lm_head.action is HeadAction.SHARE, timeout=DEADLINE)
    assert window.workbench.session.plan.byte_count < before
    assert not any("output.weight" in row for row in rows(window))


def test_formats_show_their_exact_sizes_and_change_the_file_name(qtbot, window, changed_folder):
    opened(qtbot, window, changed_folder)
    table, sizes = all_formats(window).table, {}
    for row, one in enumerate(window.workbench.page.overview.formats.sheet._choices):
        sizes[one.output_type] = table.item(row, BYTES).text()
    assert set(sizes) == set(OutputType) - {OutputType.NVFP4, OutputType.MXFP4}  # for other models
    for kind, size in sizes.items():
        assert size == bytes_in_words(window.workbench.session.plans[kind].byte_count)
    window.workbench.page.overview.formats.sheet.reject()
    assert window.workbench.converting.targets()[0].name.endswith("-BF16.gguf")
    choose_formats(window, OutputType.Q8_0)
    assert chosen_format(window) is OutputType.Q8_0
    assert window.workbench.converting.targets()[0].name.endswith("-Q8_0.gguf")
    assert any("Q8_0" in row for row in rows(window))


def test_a_card_is_chosen_by_a_click_and_by_keyboard(qtbot, window, changed_folder):
    opened(qtbot, window, changed_folder)
    first, second, *_ = window.workbench.page.overview.formats.cards.buttons
    assert first.isChecked()
    planned(qtbot, window, lambda: qtbot.mouseClick(second, Qt.MouseButton.LeftButton))
    assert window.workbench.session.plan.options.output_type is second.choice.output_type
    assert second.isChecked()
    first.setFocus()
    planned(qtbot, window, lambda: qtbot.keyClick(first, Qt.Key.Key_Space))
    assert window.workbench.session.plan.options.output_type is first.choice.output_type


def test_formats_can_be_chosen_once_their_sizes_are_known(qtbot, window, changed_folder):
    window.open_folder(changed_folder)
    qtbot.waitUntil(lambda: window.workbench.session.state is State.LOOKING, timeout=DEADLINE)
    formats = window.workbench.page.overview.formats
    assert not formats.all.isEnabled()
    assert not any(button.isEnabled() for button in formats.cards.buttons)
    assert {button.choice.output_type for button in formats.cards.buttons} <= {OutputType.AUTO}
    qtbot.waitUntil(lambda: window.workbench.session.state is State.READY, timeout=DEADLINE)
    assert formats.all.isEnabled()
    assert formats.cards.buttons
    assert all(button.isEnabled() for button in formats.cards.buttons)


def test_errors_are_in_the_table_after_the_conversion(qtbot, window, changed_folder, tmp_path):
    opened(qtbot, window, changed_folder)
    choose_formats(window, OutputType.Q8_0)
    number = 2 + NUMBER["Change (average)"]
    before = {row[1]: row[number] for row in rows(window)}
    convert_to(qtbot, window, tmp_path / "mine.gguf")
    after = {row[1]: row[number] for row in rows(window)}
    assert (before["blk.0.attn_q.weight"], before["output_norm.weight"]) == ("–", "exact")
    assert after["output_norm.weight"] == "exact"
    assert 0.1 < float(after["blk.0.attn_q.weight"].removesuffix(" %").removesuffix("%")) < 1
    choose_formats(window, OutputType.BF16)
    assert {row[number] for row in rows(window)} == {"exact"}


def convert_to(qtbot, window, target):
    window.workbench.converting.set_destination(target)
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        qtbot.mouseClick(window.workbench.page.output._form.convert, Qt.MouseButton.LeftButton)


def test_convert_reveal_and_again(qtbot, window, copied_folder, tmp_path, revealed):
    opened(qtbot, window, copied_folder)
    convert_to(qtbot, window, tmp_path / "mine.gguf")
    assert (tmp_path / "mine.gguf").stat().st_size == window.workbench.session.plan.byte_count
    done = window.workbench.page.output.current
    assert "mine.gguf" in done._text.text()
    assert done._remark.text() == "Output layer: shared with the embedding; the copy is left out"
    done.reveal.click()
    assert revealed == [tmp_path / "mine.gguf"]
    done.again.click()
    assert window.workbench.page.output.current is window.workbench.page.output._form
    assert window.workbench.converting.targets()[0] == tmp_path / "mine.gguf"


def test_convert_right_after_a_choice_waits_for_its_plan(qtbot, window, changed_folder, tmp_path):
    opened(qtbot, window, changed_folder)
    window.workbench.converting.set_destination(tmp_path / "shared.gguf")
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        choose_head(window, HeadChoice.SHARE)
        window.workbench.converting.convert()
    assert window.workbench.session.plan.lm_head.action is HeadAction.SHARE
    assert (tmp_path / "shared.gguf").stat().st_size == window.workbench.session.plan.byte_count


def test_convert_with_the_keyboard_alone(qtbot, window, copied_folder, tmp_path):
    opened(qtbot, window, copied_folder)
    window.workbench.converting.set_destination(tmp_path / "keys.gguf")
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert (tmp_path / "keys.gguf").exists()


def test_an_existing_file_is_only_replaced_when_the_user_agrees(qtbot, window, copied_folder, tmp_path):
    opened(qtbot, window, copied_folder)
    target = tmp_path / "there.gguf"
    target.write_text("mine")
    window.workbench.converting.set_destination(target)
    window.workbench.converting.convert()
    press(window, "Cancel")
    assert target.read_text() == "mine"
    window.workbench.converting.convert()
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        press(window, "Replace")
    assert target.stat().st_size == window.workbench.session.plan.byte_count


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("nowhere")], ids=["pipe", "link"])
def test_what_is_no_file_is_refused_without_a_question(qtbot, window, copied_folder, tmp_path, make):
    opened(qtbot, window, copied_folder)
    make(tmp_path / "there.gguf")
    before = (tmp_path / "there.gguf").lstat()
    window.workbench.converting.set_destination(tmp_path / "there.gguf")
    window.workbench.converting.convert()
    (box,) = boxes(window)
    assert "already exists and is a" in box.text()
    assert window.workbench.session.state is State.READY
    after = (tmp_path / "there.gguf").lstat()  # but for when it was read
    assert (after.st_ino, after.st_mode, after.st_mtime_ns) == (before.st_ino, before.st_mode, before.st_mtime_ns)
    press(window, "Close")


@pytest.fixture
def slow(monkeypatch):
    """A conversion that takes its time: the real one, with a pause after each report."""
    real = real_convert

    def convert(orders, *, on_progress, **how):
        def report(progress):
            on_progress(progress)
            time.sleep(0.02)

        return real(orders, on_progress=report, **how)

    monkeypatch.setattr(queue_work, "convert_all", convert)


def start_slowly(qtbot, window, folder, target):
    opened(qtbot, window, folder)
    window.workbench.converting.set_destination(target)
    window.workbench.converting.convert()
    qtbot.waitUntil(lambda: window.workbench.queue_bar.bar.value() > 0, timeout=DEADLINE)


@pytest.mark.parametrize("how", ["button", "row", "period"])
def test_cancel_leaves_nothing_behind(qtbot, window, copied_folder, tmp_path, slow, how):
    start_slowly(qtbot, window, copied_folder, tmp_path / "never.gguf")
    with qtbot.waitSignal(window.workbench.queue.finished, timeout=DEADLINE):
        if how == "button":
            window.workbench.queue_bar.stop.click()
        elif how == "row":
            window.workbench.queue_bar.fold.click()
            (row,) = window.workbench.queue_bar.rows.values()
            row.stop.click()
        else:
            qtbot.keyClick(window, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert list(tmp_path.glob("never*")) == []
    assert not window.workbench.queue.is_busy
    assert window.workbench.page.output.current is window.workbench.page.output._form


def test_a_second_convert_cannot_start(qtbot, window, copied_folder, tmp_path, slow):
    start_slowly(qtbot, window, copied_folder, tmp_path / "one.gguf")
    assert not window.workbench.page.output._form.convert.isEnabled()
    assert window.workbench.page.output._form.remark.text() == "This file is being written."
    window.workbench.converting.convert()
    assert len(window.workbench.queue.items) == 1
    settled(qtbot, window)
    assert [path.name for path in tmp_path.glob("one*")] == ["one.gguf"]


def test_closing_while_converting_asks(qtbot, window, copied_folder, tmp_path, slow):
    start_slowly(qtbot, window, copied_folder, tmp_path / "close.gguf")
    assert not window.close()
    press(window, "Keep Converting")
    assert window.isVisible()
    assert not window.close()
    press(window, "Stop Converting")
    assert not window.isVisible()
    assert list(tmp_path.glob("close*")) == []


def test_another_folder_can_be_opened_while_converting(qtbot, window, copied_folder, tied_folder, tmp_path, slow):
    start_slowly(qtbot, window, copied_folder, tmp_path / "other.gguf")
    opened(qtbot, window, tied_folder)
    assert not boxes(window)
    assert window.workbench.session.checkpoint.folder == tied_folder
    assert window.workbench.queue.current is not None
    window.workbench.session.choose(head=HeadChoice.KEEP)  # choosing goes on too
    settled(qtbot, window)
    assert (tmp_path / "other.gguf").exists()
    assert window.workbench.page.output.current is window.workbench.page.output._form  # the file is another model's


def test_an_error_is_told_in_plain_words_and_the_window_stays_usable(
    qtbot, window, copied_folder, copy_folder, tmp_path
):
    folder = copy_folder(copied_folder)
    opened(qtbot, window, folder)
    (folder / "model.safetensors").unlink()
    window.workbench.converting.set_destination(tmp_path / "error.gguf")
    with qtbot.waitSignal(window.workbench.queue.failed, timeout=DEADLINE):
        window.workbench.converting.convert()
    box = boxes(window)[0]
    assert "model.safetensors" in box.text()
    assert box.informativeText()
    press(window, "Copy Report")
    assert "Traceback" in QApplication.clipboard().text()
    press(window, "Close")
    assert opened(qtbot, window, copied_folder).workbench.session.plan.can_convert


def test_a_bug_shows_as_a_bug(qtbot, window, copied_folder, tmp_path, monkeypatch):
    def convert(*_, **__):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(queue_work, "convert_all", convert)
    opened(qtbot, window, copied_folder)
    window.workbench.converting.set_destination(tmp_path / "bug.gguf")
    with qtbot.waitSignal(window.workbench.queue.failed, timeout=DEADLINE):
        window.workbench.converting.convert()
    assert "bug" in boxes(window)[0].informativeText()
    assert "ZeroDivisionError: oops" in boxes(window)[0].detailedText()
    press(window, "Close")
    assert window.workbench.page.output._form.convert.isEnabled()


def test_a_full_disk_is_told_and_the_window_stays_usable(qtbot, window, copied_folder, tmp_path, monkeypatch):
    opened(qtbot, window, copied_folder)
    window.workbench.converting.set_destination(tmp_path / "full.gguf")
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1))
    with qtbot.waitSignal(window.workbench.queue.failed, timeout=DEADLINE):
        window.workbench.converting.convert()
    assert "too little space" in boxes(window)[0].text()
    press(window, "Close")
    monkeypatch.undo()
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()


def test_a_folder_that_cannot_be_converted_says_why(qtbot, window, copied_folder, copy_folder):
    folder = copy_folder(copied_folder)
    (folder / "tokenizer.json").unlink()
    opened(qtbot, window, folder)
    assert not window.workbench.page.output._form.convert.isEnabled()
    (blocker, *others) = window.workbench.session.plan.blockers
    assert sentence(window).startswith("Cannot convert: no tokenizer. ")
    assert blocker.advice in sentence(window)
    assert window.workbench.page.overview.stops.isVisible() is bool(others)
    assert not window.workbench.page.overview.formats.isVisible()
    assert window.workbench.page.output._form.remark.text()
    go_to(window, Detail.NOTES)
    assert blocker in window.workbench.page.findings._shown


def test_a_folder_that_is_gone_is_an_error_and_not_a_state(qtbot, window, tmp_path):
    with qtbot.waitSignal(window.workbench.session.failed, timeout=DEADLINE):
        window.open_folder(tmp_path / "gone")
    press(window, "Close")
    assert window.workbench.session.state is State.EMPTY


def test_the_sample_from_the_empty_window(qtbot, window):
    window.welcome.sample.click()
    ready(qtbot, window)
    assert window.workbench.session.plan.can_convert
    assert window.workbench.page.output._form.convert.isEnabled()


def test_the_sample_is_never_converted_into_the_program(qtbot, window, copied_folder, tmp_path, slow):
    start_slowly(qtbot, window, copied_folder, tmp_path / "first.gguf")
    window.workbench.opening.open_sample()
    qtbot.waitUntil(lambda: window.workbench.session.checkpoint.name == "mlx-ferry-sample", timeout=DEADLINE)
    ready(qtbot, window)
    assert Path.home() in window.workbench.converting.targets()[0].parents
    assert not window.workbench.converting.targets()[0].is_relative_to(resource_path("sample"))


def test_recent_folders(qtbot, window, copied_folder, tied_folder):
    opened(qtbot, window, copied_folder)
    opened(qtbot, window, tied_folder)
    assert window.settings.recents() == [Recent(tied_folder), Recent(copied_folder)]


def test_open_is_a_sheet(qtbot, window):
    window.menus.open.trigger()
    dialogs = window.findChildren(QFileDialog)
    assert len(dialogs) == 1
    assert dialogs[0].windowModality() is Qt.WindowModality.WindowModal
    dialogs[0].reject()


def test_switching_folders_quickly_ends_with_the_last(qtbot, window, copied_folder, tied_folder, changed_folder):
    for folder in (copied_folder, tied_folder, changed_folder, copied_folder, changed_folder):
        window.open_folder(Path(folder))
    qtbot.waitUntil(
        lambda: (
            window.workbench.session.state is State.READY
            and window.workbench.session.checkpoint.folder == changed_folder
        ),
        timeout=DEADLINE,
    )
    assert window.workbench.session.plan.lm_head.kind is HeadKind.UNTIED


def test_the_layout_can_be_chosen_and_forgotten(qtbot, window, tied_folder):
    opened(qtbot, window, tied_folder)
    menu = window.workbench.choosing.layout
    published = next(action for action in menu.actions() if action.data() == Layout.HUGGING_FACE)
    with qtbot.waitSignal(window.workbench.session.plan_changed):
        published.trigger()
    assert window.workbench.session.plan.options.layout is Layout.HUGGING_FACE
    assert published.isChecked()
    opened(qtbot, window, tied_folder)
    assert window.workbench.session.plan.options.layout is None
    assert not published.isChecked()


def types_in(window):
    return {tensor.name: tensor.type.name for tensor in window.workbench.session.plan.tensors}


def test_types_of_selected_tensors_can_be_chosen_saved_and_loaded(qtbot, window, changed_folder, tmp_path):
    opened(qtbot, window, changed_folder)
    size = window.workbench.session.plan.byte_count
    actions = type_actions(window, "blk.0.attn_q.weight", "blk.1.attn_q.weight")
    assert actions["Automatic"].isChecked()
    assert not actions["Save Types…"].isEnabled()
    assert "Q6_K" not in actions  # rows of 128 are no whole blocks of 256
    planned(qtbot, window, actions["Q8_0"].trigger)
    assert [types_in(window)[f"blk.{layer}.attn_q.weight"] for layer in range(3)] == ["Q8_0", "Q8_0", "BF16"]
    assert window.workbench.session.plan.byte_count < size
    assert any("type chosen by you" in " ".join(row) for row in rows(window))
    assert type_actions(window, "blk.0.attn_q.weight")["Q8_0"].isChecked()
    file = tmp_path / "types.txt"
    window.workbench.type_lists.save(file)
    planned(qtbot, window, type_actions(window)["Clear All Choices"].trigger)
    assert window.workbench.session.plan.byte_count == size
    planned(qtbot, window, lambda: window.workbench.type_lists.load(file))
    assert types_in(window)["blk.1.attn_q.weight"] == "Q8_0"
    planned(qtbot, window, type_actions(window, "blk.1.attn_q.weight")["Automatic"].trigger)
    assert types_in(window)["blk.1.attn_q.weight"] == "BF16"
    assert types_in(window)["blk.0.attn_q.weight"] == "Q8_0"


def test_norms_offer_nothing_but_f32(qtbot, window, changed_folder):
    opened(qtbot, window, changed_folder)
    actions = type_actions(window, "output_norm.weight", "blk.0.attn_q.weight")
    assert "F32" in actions
    assert "Q8_0" not in actions
    assert "First select tensors that will be written" in type_actions(window)


def test_a_list_of_types_that_is_none_is_an_error_with_a_sheet(qtbot, window, changed_folder, tmp_path):
    opened(qtbot, window, changed_folder)
    file = tmp_path / "types.txt"
    file.write_text("attn_q=q9\n")
    window.workbench.type_lists.load(file)
    (box,) = window.findChildren(QMessageBox)
    assert "q9" in box.text()
    box.close()
