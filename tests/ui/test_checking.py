"""Checking a finished file in the window: by mouse, by keyboard, by itself; stopped, failed, and in the way."""

import json
import os
import signal
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from app.core.encode.kept import Kept
from app.core.errors import Cancelled, ConversionError
from app.core.ggml_types import OutputType
from app.core.progress import Progress, Stage, ignore_progress, never_cancelled
from app.core.resources import SAMPLE, resource_path
from app.core.text import text
from app.core.verify.engines import EngineKind, EngineProcess
from app.core.verify.results.report import Verdict, VerificationReport
from app.ui.history.store import History
from app.ui.main_window import MainWindow
from app.ui.page.detail import Detail
from app.ui.queue import queue_work
from tests.remembered_engines import remembered_engines
from tests.ui.driving import DEADLINE, boxes, leave, opened, see_check
from tests.ui.proof.reports import BROKEN, CLOSE, SAME

REAL = 300_000  # milliseconds for real engines on a busy machine


def converted(qtbot, window, folder, target):
    """A finished file, whatever is done afterwards."""
    opened(qtbot, window, folder)
    window.workbench.converting.set_destination(target)
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()
    return window


@pytest.fixture
def finished(qtbot, window, tied_folder, tmp_path):
    return converted(qtbot, window, tied_folder, tmp_path / "mine.gguf")


class Found(list):
    """What verifications come to, in their order: reports, or functions that are called instead."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def verify(self, prepared, plan, file, **callbacks):
        self.asked.append((prepared, plan, file))
        one = self.pop(0)
        return one(**callbacks) if callable(one) else one


@pytest.fixture
def found(monkeypatch):
    found = Found()
    monkeypatch.setattr("app.core.verify.verification.verify", found.verify)
    return found


class Slow:
    """A verification that goes on until it is cancelled."""

    def __init__(self):
        self.began, self.was_cancelled = threading.Event(), threading.Event()

    def __call__(self, on_progress, is_cancelled):
        on_progress(Progress(Stage.PROVE, 3, 10, "blk.0.attn_q.weight", 1.0, 75))
        self.began.set()
        while not is_cancelled():
            time.sleep(0.01)
        self.was_cancelled.set()
        raise Cancelled


def line(window):
    return window.workbench.page.output._done.proof


def done(qtbot, window):
    qtbot.waitUntil(lambda: not window.workbench.queue.is_busy, timeout=REAL)
    assert window.workbench.page.output.current is window.workbench.page.output._done


def check(qtbot, window):
    """By the button under the file, from wherever the page is; its details come into sight."""
    if window.workbench.page.detail is Detail.PROOF:
        leave(window)
    qtbot.mouseClick(line(window).check, Qt.MouseButton.LeftButton)
    done(qtbot, window)


# ---- the whole way


@pytest.fixture(autouse=True)
def engines_are_asked_once():
    """The second way is to what the first one found."""
    with remembered_engines():
        yield


def test_the_whole_way_by_mouse(qtbot, window, tmp_path):
    converted(qtbot, window, resource_path(SAMPLE), tmp_path / "sample.gguf")
    assert line(window).said.text() == "Not checked"
    check(qtbot, window)
    report = window.workbench.result.checks[0].report
    assert report.verdict in (Verdict.SAME, Verdict.CLOSE), report.reason
    assert line(window).said.accessibleName() == f"{report.verdict.title}: {report.reason}"
    assert window.workbench.page.proof.isVisible()
    assert window.workbench.page.proof.verdict.word.text() == report.verdict.title
    leave(window)
    assert line(window).said.isVisible()
    assert not window.workbench.page.proof.isVisible()
    qtbot.mouseClick(line(window).details, Qt.MouseButton.LeftButton)
    assert window.workbench.page.proof.isVisible()


def test_the_whole_way_by_keyboard(qtbot, window, tmp_path):
    converted(qtbot, window, resource_path(SAMPLE), tmp_path / "sample.gguf")
    go_to(qtbot, line(window).check)
    QTest.keyClick(line(window).check, Qt.Key.Key_Space)
    done(qtbot, window)
    assert window.workbench.result.checks[0].report is not None
    assert window.workbench.page.proof.isVisible()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)  # Back has the focus
    assert line(window).details.hasFocus()
    QTest.keyClick(line(window).details, Qt.Key.Key_Space)
    assert window.workbench.page.proof.isVisible()


def go_to(qtbot, widget):
    """By Tab alone."""
    widget.window().activateWindow()
    qtbot.waitUntil(widget.isVisible)
    qtbot.waitUntil(lambda: widget.window().isAncestorOf(QApplication.focusWidget()))
    for _ in range(100):
        if widget.hasFocus():
            return
        QTest.keyClick(QApplication.focusWidget() or widget.window(), Qt.Key.Key_Tab)
    raise AssertionError("it cannot be reached")


def test_everything_in_a_report_can_be_reached(qtbot, finished, found):
    found.append(CLOSE)
    check(qtbot, finished)
    proof = finished.workbench.page.proof
    for widget in (proof.chart.chart, proof.figures.tables[0].view, proof.figures.tables[0].copy, proof.verdict.save):
        go_to(qtbot, widget)


def test_progress_is_shown(qtbot, finished, found):
    slow = Slow()
    found.append(slow)
    line(finished).check.click()
    bar = finished.workbench.queue_bar
    (row,) = bar.rows.values()
    assert bar.isVisible()
    assert bar.state.text() == row.state.text() == "Checking mine.gguf"
    qtbot.waitUntil(lambda: "1:15 left" in bar.state.text(), timeout=DEADLINE)
    assert bar.state.text() == row.state.text() == "30%  ·  1:15 left"
    assert "Checking weights blk.0.attn_q.weight" in row.toolTip()
    assert bar.bar.value() == row.bar.value() == 300
    assert finished.workbench.page.proof.verdict.word.text() == "Being checked…"
    assert not finished.workbench.page.proof.verdict.check.isEnabled()
    assert finished.menus.cancel.text() == "&Stop Checking"
    finished.workbench.queue.stop_current()
    done(qtbot, finished)


@pytest.mark.parametrize("how", ["button", "row", "menu"])
def test_cancel_in_the_middle(qtbot, finished, found, how):
    slow = Slow()
    found.append(slow)
    line(finished).check.click()
    qtbot.waitUntil(slow.began.is_set, timeout=DEADLINE)
    if how == "button":
        finished.workbench.queue_bar.stop.click()
    elif how == "menu":
        finished.menus.cancel.trigger()
    else:
        finished.workbench.queue_bar.unfold()
        (row,) = finished.workbench.queue_bar.rows.values()
        row.setFocus()
        QTest.keyClick(row, Qt.Key.Key_Delete)
    done(qtbot, finished)
    assert slow.was_cancelled.is_set()
    assert line(finished).said.text() == "Not checked"
    assert line(finished).check.isEnabled()
    assert not boxes(finished)


def test_it_can_be_checked_again(qtbot, finished, found):
    found += [SAME, BROKEN]
    check(qtbot, finished)
    assert line(finished).check.text() == "Check Again"
    check(qtbot, finished)
    assert line(finished).said.accessibleName().startswith("Broken: ")


# ---- what was checked


def test_it_is_the_plan_that_the_file_was_written_by(qtbot, finished, found):
    """Choices that were made afterwards are about another file."""
    plan = finished.workbench.session.plan
    with qtbot.waitSignal(finished.workbench.session.plan_changed, timeout=DEADLINE):
        finished.workbench.session.choose(name="Another")
    output = finished.workbench.page.output
    assert output.current is output._form  # what is planned now is another file than the finished one
    assert not finished.menus.check.isEnabled()
    found.append(SAME)
    with qtbot.waitSignal(finished.workbench.queue.finished, timeout=DEADLINE):
        finished.workbench.queue.check(finished.workbench.result.item.number, [0])
    (asked,) = found.asked
    assert asked[1] is plan
    assert asked[2] == finished.workbench.result.written[0].path


def test_several_files_have_a_check_each(qtbot, window, tied_folder, tmp_path, found):
    opened(qtbot, window, tied_folder)
    window.workbench.session.choose_formats(OutputType.AUTO, [OutputType.Q8_0])
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    with qtbot.waitSignal(window.workbench.queue.written, timeout=DEADLINE):
        window.workbench.converting.convert()
    see_check(window)
    proof = window.workbench.page.proof
    proof.files.setCurrentIndex(1)
    found.append(CLOSE)
    proof.verdict.check.click()
    done(qtbot, window)
    assert found.asked[0][1].options.output_type is OutputType.Q8_0
    assert line(window).said.accessibleName() == "Not checked: mine.gguf  ·  Very close: mine-Q8_0.gguf"
    assert proof.current == 1
    found.append(SAME)
    check(qtbot, window)  # the one that was missing
    assert [file.name for _, _, file in found.asked] == ["mine-Q8_0.gguf", "mine.gguf"]
    found += [SAME, BROKEN]
    check(qtbot, window)  # all of them
    assert line(window).said.accessibleName() == "Broken: mine-Q8_0.gguf  ·  The same: mine.gguf"
    slow = Slow()
    found.append(slow)
    leave(window)
    line(window).check.click()
    assert window.workbench.queue_bar.state.text() == "Checking mine.gguf, 1 of 2"
    window.workbench.queue.stop_current()
    done(qtbot, window)
    assert not found  # the second one was not begun


def test_another_format_forgets_the_check(qtbot, finished, found):
    found.append(CLOSE)
    check(qtbot, finished)
    leave(finished)
    finished.workbench.page.output._done.again.click()
    assert finished.workbench.page.output._form.isVisible()
    assert finished.workbench.result.checks == ()
    finished.workbench.page.show_detail(Detail.PROOF)
    assert not finished.workbench.page.proof.steps.isVisible()


# ---- afterwards


def test_afterwards_is_remembered_and_done(qtbot, window, settings, tied_folder, tmp_path, found):
    opened(qtbot, window, tied_folder)
    box = window.workbench.page.output._form.checks_afterwards
    assert not box.isChecked()
    box.click()
    assert settings.checks_afterwards()
    other = MainWindow(settings, History(tmp_path / "other.json"))
    qtbot.addWidget(other)
    assert other.workbench.page.output._form.checks_afterwards.isChecked()
    found.append(CLOSE)
    window.workbench.converting.set_destination(tmp_path / "mine.gguf")
    with qtbot.waitSignal(window.workbench.queue.finished, timeout=DEADLINE):
        window.workbench.converting.convert()
    done(qtbot, window)
    assert line(window).said.accessibleName().startswith("Very close: ")
    assert window.workbench.page.overview.isVisible()  # nobody asked for the details


# ---- what goes wrong


def engine_that_is_killed(on_progress, is_cancelled):
    with EngineProcess(EngineKind.LLAMA_CPP, is_cancelled=is_cancelled) as engine:
        os.kill(engine._process.pid, signal.SIGKILL)
        engine.ask("ends")
    raise AssertionError


def folder_that_changed(on_progress, is_cancelled):
    raise ConversionError(text("{file} has changed.", file="model.safetensors"), text("Open it again."))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (engine_that_is_killed, "llama.cpp ended unexpectedly (signal 9)."),
        (folder_that_changed, "model.safetensors has changed. Open it again."),
    ],
)
def test_what_ends_a_check_is_a_sentence_and_the_window_lives_on(qtbot, finished, found, fault, said):
    found += [fault, SAME]
    check(qtbot, finished)
    assert line(finished).said.accessibleName() == f"Not checked: {said}"
    assert finished.workbench.page.proof.verdict.reason.text() == said
    assert not boxes(finished)
    check(qtbot, finished)
    assert line(finished).said.accessibleName().startswith("The same: ")


def test_a_bug_is_a_sheet_and_the_window_lives_on(qtbot, finished, found):
    def bug(**_):
        raise ZeroDivisionError

    found += [bug, SAME]
    check(qtbot, finished)
    (box,) = boxes(finished)
    box.close()
    assert line(finished).said.text() == "Not checked"
    check(qtbot, finished)


# ---- in the way


def test_it_goes_on_while_another_folder_is_opened(qtbot, finished, found, copied_folder):
    slow = Slow()
    found.append(slow)
    line(finished).check.click()
    qtbot.waitUntil(slow.began.is_set, timeout=DEADLINE)
    opened(qtbot, finished, copied_folder)
    assert not boxes(finished)
    assert finished.workbench.page.output.current is finished.workbench.page.output._form
    assert not slow.was_cancelled.is_set()
    assert finished.workbench.result.checks == ()
    assert finished.workbench.page.overview.isVisible()
    finished.workbench.queue.stop_current()
    qtbot.waitUntil(lambda: not finished.workbench.queue.is_busy, timeout=DEADLINE)


def test_closing_ends_the_check_and_its_engine(qtbot, finished, found):
    engines = []

    def silent(on_progress, is_cancelled):
        with EngineProcess(EngineKind.LLAMA_CPP, is_cancelled=is_cancelled) as engine:
            engines.append(engine._process)
            engine._line(600)  # nothing was asked
        raise AssertionError

    found.append(silent)
    line(finished).check.click()
    qtbot.waitUntil(lambda: bool(engines), timeout=DEADLINE)
    finished.close()
    assert not finished.isVisible()
    assert engines[0].poll() is not None


def test_choices_can_be_made_meanwhile(qtbot, finished, found):
    slow = Slow()
    found.append(slow)
    line(finished).check.click()
    qtbot.waitUntil(slow.began.is_set, timeout=DEADLINE)
    with qtbot.waitSignal(finished.workbench.session.plan_changed, timeout=DEADLINE):
        finished.workbench.session.choose(name="Another")
    assert finished.workbench.session.plan.model_name == "Another"
    assert finished.menus.convert.isEnabled()
    finished.workbench.queue.stop_current()
    qtbot.waitUntil(lambda: not finished.workbench.queue.is_busy, timeout=DEADLINE)


# ---- the report


@pytest.mark.parametrize("name", ["mine-check.html", "mine.json", "mine.md"])
def test_the_report_can_be_saved(qtbot, finished, found, monkeypatch, tmp_path, name):
    dialogs = []
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: dialogs.append(dialog))
    found.append(CLOSE)
    check(qtbot, finished)
    finished.workbench.page.proof.verdict.save.click()
    (dialog,) = dialogs
    assert dialog.directory().absolutePath() == str(tmp_path)
    assert dialog.selectedFiles()[0].endswith("mine-check.html")
    dialog.fileSelected.emit(str(tmp_path / name))
    assert finished.workbench.page.proof.verdict.saved.text() == f"The report is {name}."
    written = (tmp_path / name).read_text(encoding="utf-8")
    if name.endswith("json"):
        assert json.loads(written)["verdict"] == "close"
    else:
        assert "Very close" in written
    dialog.close()


def test_a_report_that_cannot_be_written_is_a_sheet(qtbot, finished, found, tmp_path):
    found.append(CLOSE)
    check(qtbot, finished)
    finished.workbench.result._save(0, tmp_path / "no" / "report.html")
    (box,) = boxes(finished)
    box.close()


def test_suffix_follows_the_form(qtbot, finished, found, monkeypatch):
    dialogs = []
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: dialogs.append(dialog))
    found.append(CLOSE)
    check(qtbot, finished)
    finished.workbench.page.proof.verdict.save.click()
    dialogs[0].filterSelected.emit(dialogs[0].nameFilters()[2])
    assert dialogs[0].defaultSuffix() == "json"
    dialogs[0].close()


def test_a_check_tells_what_was_kept_of_a_fine_tune(found):
    found.append(CLOSE)
    kept = {"blk.0.attn_q.weight": Kept(1.0, 0.98, 0.0004)}
    finished: Any = SimpleNamespace(written=SimpleNamespace(path=Path("x.gguf"), kept=kept), prepared=None, plan=None)
    report = queue_work.check_file(finished, ignore_progress, never_cancelled)
    assert isinstance(report, VerificationReport)
    assert report.kept == kept
