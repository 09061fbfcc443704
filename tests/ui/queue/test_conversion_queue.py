"""One item at a time, each to its end, in the order of the list; what fails or is stopped does not stop the others."""

import hashlib
import json
import signal
import subprocess
import sys
import threading

import pytest
from PySide6.QtWidgets import QWidget

from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from app.ui import session_work
from app.ui.queue import queue_work
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_item import ItemState, QueueItem, Unopened
from tests.ui.driving import DEADLINE
from tests.ui.proof.reports import CLOSE


@pytest.fixture
def queue(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    queue = ConversionQueue(window)
    yield queue
    queue.shut_down()


@pytest.fixture
def out(tmp_path):
    """Where the files go."""
    place = tmp_path / "out"
    place.mkdir()
    return place


@pytest.fixture
def folders(tied_folder, changed_folder, copy_folder):
    """Two that can be converted, and one between them that cannot."""
    broken = copy_folder(tied_folder)
    (broken / "tokenizer.json").unlink()
    return tied_folder, broken, changed_folder


def wanted(folder, out, **how):
    source = Unopened(PlanOptions(output_type=OutputType.Q8_0), lambda *_: out)
    return QueueItem(folder.name, folder, source, **how)


def over(qtbot, queue):
    qtbot.waitUntil(lambda: not queue.is_busy, timeout=DEADLINE)


def states(queue):
    return [item.state for item in queue.items]


def begun(qtbot, held, count=1):
    qtbot.waitUntil(lambda: len(held.began) == count, timeout=DEADLINE)


def test_one_that_fails_stops_no_other(qtbot, queue, folders, out):
    at_once = []
    queue.changed.connect(lambda _: at_once.append(sum(item.state.is_running for item in queue.items)))
    for folder in folders:
        queue.add(wanted(folder, out))
    over(qtbot, queue)
    assert states(queue) == [ItemState.DONE, ItemState.FAILED, ItemState.DONE]
    assert max(at_once) == 1
    assert "tokenizer" in queue.items[1].failure.message
    assert queue.items[1].failure.hint
    first, _, last = queue.items
    assert [one.written[0].path for one in (first, last)] == sorted(out.iterdir(), reverse=True)
    assert first.title == folders[0].name


def test_stopping_one_leaves_nothing_and_goes_on_with_the_next(qtbot, queue, folders, out, held):
    first = queue.add(wanted(folders[0], out))
    queue.add(wanted(folders[2], out))
    begun(qtbot, held)
    queue.stop(first)
    held.go_on.set()
    over(qtbot, queue)
    assert states(queue) == [ItemState.STOPPED, ItemState.DONE]
    assert [path.name for path in out.iterdir()] == [queue.items[1].targets[0].name]


def test_one_that_waits_is_stopped_at_once(qtbot, queue, folders, out, held):
    queue.add(wanted(folders[0], out))
    second = queue.add(wanted(folders[2], out))
    queue.stop(second)
    assert queue.items[1].state is ItemState.STOPPED
    held.go_on.set()
    over(qtbot, queue)
    assert held.began == [queue.items[0].targets[0].name]


def test_stop_while_it_is_opened_converts_nothing(qtbot, queue, folders, out, monkeypatch, held):
    opening, go_on = threading.Event(), threading.Event()
    real = session_work.open_model

    def slow(*arguments):
        opening.set()
        go_on.wait(10)
        return real(*arguments)

    monkeypatch.setattr(queue_work, "open_model", slow)
    number = queue.add(wanted(folders[0], out))
    qtbot.waitUntil(opening.is_set, timeout=DEADLINE)
    assert queue.items[0].state is ItemState.OPENING
    queue.stop(number)
    go_on.set()
    over(qtbot, queue)
    assert states(queue) == [ItemState.STOPPED]
    assert not held.began


def test_stop_all_stops_what_waits_before_what_runs(qtbot, queue, folders, out, held):
    for folder in folders:
        queue.add(wanted(folder, out))
    begun(qtbot, held)
    queue.stop_all()
    over(qtbot, queue)
    assert states(queue) == [ItemState.STOPPED] * 3
    assert len(held.began) == 1
    assert list(out.iterdir()) == []


def test_try_again_opens_the_folder_anew(qtbot, queue, folders, out):
    number = queue.add(wanted(folders[1], out))
    over(qtbot, queue)
    assert states(queue) == [ItemState.FAILED]
    (folders[1] / "tokenizer.json").write_bytes((folders[0] / "tokenizer.json").read_bytes())
    queue.retry(number)
    assert queue.items[0].failure is None
    over(qtbot, queue)
    assert states(queue) == [ItemState.DONE]
    queue.retry(number)  # what is done is not done again
    assert states(queue) == [ItemState.DONE]


def test_the_order_can_be_changed(qtbot, queue, folders, out, held):
    numbers = [queue.add(wanted(folder, out)) for folder in (folders[0], folders[2], folders[1])]
    begun(qtbot, held)
    queue.move(numbers[2], -1)
    assert [item.number for item in queue.items] == [numbers[0], numbers[2], numbers[1]]
    queue.move(numbers[2], -5)
    assert queue.items[0].number == numbers[2]
    queue.move(numbers[2], 5)
    assert queue.items[2].number == numbers[2]


def test_only_what_is_not_at_work_can_be_removed(qtbot, queue, folders, out, held):
    first, second = (queue.add(wanted(folder, out)) for folder in (folders[0], folders[2]))
    begun(qtbot, held)
    queue.remove(first)
    queue.remove(second)
    assert [item.number for item in queue.items] == [first]
    held.go_on.set()
    over(qtbot, queue)
    queue.remove(first)
    assert queue.items == ()
    assert len(list(out.iterdir())) == 1  # the file stays


def test_a_file_is_checked_afterwards_and_again(qtbot, queue, folders, out, monkeypatch):
    asked = []

    def verify(*arguments, **_):
        asked.append(arguments)
        return CLOSE

    monkeypatch.setattr("app.core.verify.verification.verify", verify)
    number = queue.add(wanted(folders[0], out, checks_afterwards=True))
    over(qtbot, queue)
    assert queue.items[0].checks[0].report.verdict is CLOSE.verdict
    queue.check(number, [0])
    over(qtbot, queue)
    assert len(asked) == 2
    assert asked[0][1] is queue.items[0].made.plans[0]
    assert states(queue) == [ItemState.DONE]


def test_a_check_waits_for_its_turn(qtbot, queue, folders, out, monkeypatch, held):
    monkeypatch.setattr("app.core.verify.verification.verify", lambda *_, **__: CLOSE)
    held.go_on.set()
    first = queue.add(wanted(folders[0], out))
    over(qtbot, queue)
    held.go_on.clear()
    queue.add(wanted(folders[2], out))
    begun(qtbot, held, 2)
    queue.check(first, [0])
    assert states(queue)[0] is ItemState.WAITING
    assert not queue.items[0].has_files_to_write
    queue.stop(first)  # the file is there
    assert states(queue)[0] is ItemState.DONE
    queue.check(first, [0])
    held.go_on.set()
    over(qtbot, queue)
    assert queue.items[0].checks[0].report.verdict is CLOSE.verdict


def test_the_end_stops_all_and_waits(qtbot, queue, folders, out, held):
    for folder in (folders[0], folders[2]):
        queue.add(wanted(folder, out))
    begun(qtbot, held)
    queue.shut_down()
    assert states(queue) == [ItemState.STOPPED] * 2
    assert list(out.iterdir()) == []
    assert not queue.is_busy


def test_a_folder_that_is_gone_is_a_row_with_a_sentence(qtbot, queue, out):
    queue.add(wanted(out / "gone", out))
    over(qtbot, queue)
    (item,) = queue.items
    assert "gone" in item.failure.message
    assert not item.failure.is_bug


KILLED = """
import sys, time
from pathlib import Path
from app.core.convert import convert_all
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from app.ui import session_work
from app.ui.queue import queue_work
from app.ui.queue.queue_item import QueueItem, Unopened
from dataclasses import replace
folder, target = Path(sys.argv[1]), Path(sys.argv[2])
def told(progress):
    if progress.done:
        print("began", flush=True)
        time.sleep(60)
item = QueueItem("x", folder, Unopened(PlanOptions(output_type=OutputType.Q8_0), lambda *_: target.parent))
made, targets = queue_work.open_item(item, lambda _: None, lambda: False)
queue_work.write_item(replace(item, made=made, targets=targets), told, lambda: False)
"""


def test_what_a_killed_program_left_is_replaced(qtbot, queue, folders, out):
    target = out / "tiny-tied-Q8_0.gguf"
    command = [sys.executable, "-c", KILLED, str(folders[0]), str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert [path.suffix for path in out.iterdir()] == [".part"]
    queue.add(QueueItem("x", folders[0], Unopened(PlanOptions(output_type=OutputType.Q8_0), lambda *_: target.parent)))
    over(qtbot, queue)
    assert [path.name for path in out.iterdir()] == ["tiny-tied-Q8_0.gguf"]
    assert states(queue) == [ItemState.DONE]


def test_a_report_is_written_with_what_the_check_came_to(qtbot, queue, folders, out, monkeypatch):
    monkeypatch.setattr("app.core.verify.verification.verify", lambda *_, **__: CLOSE)
    seen = []
    queue.changed.connect(lambda item: seen.append(item.state))
    number = queue.add(wanted(folders[0], out, checks_afterwards=True, reports_afterwards=True))
    over(qtbot, queue)
    data = json.loads((out / "tiny-tied-Q8_0-report.json").read_text())
    file = out / "tiny-tied-Q8_0.gguf"
    assert data["file"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert data["verification"]["verdict"] == "close"
    assert any(tensor["relative_rmse"] for tensor in data["tensors"])
    assert seen[-3:] == [ItemState.CHECKING, ItemState.REPORTING, ItemState.DONE]
    queue.check(number, [0])  # a later check writes no other
    over(qtbot, queue)
    assert ItemState.REPORTING not in seen[-2:]


def test_a_report_that_cannot_be_written_is_told_and_the_file_stays(qtbot, queue, folders, out):
    (out / "tiny-tied-Q8_0-report.json").mkdir()
    queue.add(wanted(folders[0], out, reports_afterwards=True))
    over(qtbot, queue)
    (item,) = queue.items
    assert item.state is ItemState.DONE
    assert "report.json" in item.failure.message
    assert item.written[0].path.exists()
