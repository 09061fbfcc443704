"""The page of tensors: what is looked at is told; values are read in the background, and dropped when not wanted."""

import itertools
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.errors import Cancelled, ConversionError
from app.core.ggml_types import OutputType
from app.core.human_text import bytes_in_words
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from app.core.progress import Progress, Stage
from app.core.text import text
from app.core.weights.statistics import tensor_statistics
from app.ui.inspector import inspecting as module
from app.ui.tensors_page import TensorsPage
from tests.tiny_checkpoints import HEAD
from tests.ui.accessible import controls
from tests.ui.clipping import clipped
from tests.ui.english import in_english
from tests.ui.tensor_cells import index_of

DEADLINE = 20_000
QUERY = "blk.2.attn_q.weight"


@pytest.fixture(scope="module")
def prepared(changed_folder):
    return prepare(identify(open_checkpoint(changed_folder)))


@pytest.fixture(scope="module")
def plan(prepared):
    return prepared.plan(PlanOptions(OutputType.Q8_0))


@pytest.fixture
def page(qtbot, prepared, plan):
    page = TensorsPage()
    qtbot.addWidget(page)
    page.resize(1280, 800)
    page.show()
    qtbot.waitExposed(page)
    page.set_model(prepared.model, prepared.vocabulary)
    page.set_plan(plan)
    assert page.table.model.rows
    yield page
    page.shut_down()


def look_at(page, name):
    page.table.view.setCurrentIndex(index_of(page.table.model, name))


def facts(widget):
    labels = [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]
    return dict(itertools.pairwise(labels))


def seen(page):
    return facts(page.inspector)


def test_the_model_as_a_whole_comes_first(page, plan):
    overview = page.inspector.overview
    assert overview.isVisible()
    assert seen(page)["Tensors"] == f"{len(plan.tensors):,}"
    written = sum(one.byte_count for one in plan.tensors)
    rest = plan.byte_count - written
    assert seen(page)["In the file"] == bytes_in_words(written)
    assert seen(page)["Tokenizer and metadata"] == bytes_in_words(rest)
    assert seen(page)["File size"] == bytes_in_words(plan.byte_count)
    assert [title.text() for title, _, _ in overview.parts.rows] == [
        *("Output layer", "Embedding", "Attention", "Feed-forward", "Norms")
    ]
    assert len(overview.sizes.canvas.bars.bars) == 6
    assert not overview.change.isVisible()
    page.set_plan(plan, {one.name: 0.01 for one in plan.tensors})
    assert page.table.model.rows[0].error == 0.01
    assert overview.change.isVisible()


def test_it_is_filled_once_and_after_what_is_in_sight(qtbot, page, plan, monkeypatch):
    page.hide()
    filled = []
    monkeypatch.setattr(page.table, "set_plan", lambda *shown: filled.append(shown))
    errors = {one.name: 0.01 for one in plan.tensors}
    page.set_plan(plan)
    page.set_plan(plan, errors)  # as for a plan that there is a file of
    assert filled == []
    qtbot.waitUntil(lambda: bool(filled))
    assert [shown[:2] for shown in filled] == [(plan, errors)]


def test_a_tensor_with_its_names_and_its_values(page, qtbot, plan):
    look_at(page, QUERY)
    inspector, tensor = page.inspector.tensor, next(one for one in plan.tensors if one.name == QUERY)
    qtbot.waitUntil(inspector.isVisible)
    assert inspector.source.name.toPlainText() == "model.layers.2.self_attn.q_proj.weight"
    assert inspector.name.name.toPlainText() == QUERY
    assert inspector.state.text() == "The values are being read…"
    assert seen(page)["Shard"] == "model.safetensors"
    assert seen(page)["Offset"] == f"{tensor.sources[0].stored.offset:,}"
    qtbot.waitUntil(lambda: bool(inspector.charts.chart.canvas.bars.bars), timeout=DEADLINE)
    figures = tensor_statistics(tensor.sources).figures
    assert seen(page)["Standard deviation"] == f"{figures.deviation:.3g}"
    assert len(inspector.charts.chart.canvas.bars.bars) == 64
    inspector.charts.powers.click()
    assert len(inspector.charts.chart.canvas.bars.bars) == len(figures.magnitudes.counts)
    assert not inspector.change.isVisible()
    assert not page.inspector.head.isVisible()


def test_the_change_after_a_conversion(page, qtbot, plan, tmp_path):
    written = convert(plan, tmp_path / "model.gguf")
    page.set_plan(plan, written.errors, written.kept)
    page.set_finished(plan, written.path)
    look_at(page, QUERY)
    inspector = page.inspector.tensor
    qtbot.waitUntil(inspector.change.isVisible, timeout=DEADLINE)
    assert inspector.worst.view.rowCount() == 10
    assert inspector.changes.chart.canvas.bars.bars
    page.set_finished(None, None)
    assert not inspector.change.isVisible()
    page.set_finished(plan, written.path)
    qtbot.waitUntil(inspector.change.isVisible, timeout=DEADLINE)
    look_at(page, "token_embd.weight")
    qtbot.waitUntil(lambda: inspector.name.name.toPlainText() == "token_embd.weight")
    assert not inspector.change.isVisible()
    qtbot.waitUntil(inspector.change.isVisible, timeout=DEADLINE)


def test_a_plan_that_was_not_written_has_no_change(page, qtbot, prepared, plan, tmp_path):
    written = convert(plan, tmp_path / "model.gguf")
    page.set_finished(plan, written.path)
    page.set_plan(prepared.plan(PlanOptions(OutputType.F16)))
    look_at(page, QUERY)
    inspector = page.inspector.tensor
    qtbot.waitUntil(lambda: inspector.state.text() == "As MLX computes with them", timeout=DEADLINE)
    qtbot.wait(50)
    assert not inspector.change.isVisible()


def test_the_head_and_its_tokens(page, qtbot):
    look_at(page, "output.weight")
    head = page.inspector.head
    qtbot.waitUntil(lambda: head.isVisible() and head.tokens is not None, timeout=DEADLINE)
    assert head.said.text().endswith("% of the values differ.")
    assert head.tokens.view.rowCount() == 10
    tokens = [head.tokens.row(number)[0] for number in range(10)]
    assert any(token.startswith("␣") for token in tokens)


def test_what_is_left_out_is_looked_at_too(qtbot, copied_folder, page):
    prepared = prepare(identify(open_checkpoint(copied_folder)))
    page.set_model(prepared.model, prepared.vocabulary)
    page.set_plan(prepared.plan(PlanOptions()))
    look_at(page, HEAD)
    head = page.inspector.head
    qtbot.waitUntil(lambda: head.said.text() == "Both are the same, value by value.", timeout=DEADLINE)
    assert not page.inspector.tensor.name.isVisible()
    assert head.tokens is None


def test_what_is_not_wanted_any_more_is_dropped(page, qtbot, monkeypatch):
    """The first job is stopped, and what it would have told is not shown."""
    started, was_cancelled = threading.Event(), threading.Event()

    def slowly(sources, on_progress, is_cancelled):
        if QUERY_SOURCE not in sources[0].name:
            return tensor_statistics(sources, on_progress, is_cancelled)
        started.set()
        while not is_cancelled():
            threading.Event().wait(0.005)
        was_cancelled.set()
        raise Cancelled

    monkeypatch.setattr(module, "tensor_statistics", slowly)
    look_at(page, QUERY)
    qtbot.waitUntil(started.is_set, timeout=DEADLINE)
    look_at(page, "blk.0.attn_k.weight")
    qtbot.waitUntil(was_cancelled.is_set, timeout=DEADLINE)
    inspector = page.inspector.tensor
    qtbot.waitUntil(lambda: inspector.state.text() == "As MLX computes with them", timeout=DEADLINE)
    assert inspector.name.name.toPlainText() == "blk.0.attn_k.weight"
    assert inspector.title.text() == "Layer 0, attn_k"


QUERY_SOURCE = "layers.2.self_attn.q_proj"


def test_a_selection_that_moves_on_reads_nothing(page, qtbot, monkeypatch):
    read: list[str] = []

    def counted(sources, *progress):
        read.append(sources[0].name)
        return tensor_statistics(sources, *progress)

    monkeypatch.setattr(module, "tensor_statistics", counted)
    for layer in range(5):
        look_at(page, f"blk.{layer}.attn_k.weight")
        QApplication.processEvents()
    qtbot.waitUntil(lambda: bool(read) and page.inspecting._job is None, timeout=DEADLINE)
    assert read == ["model.layers.4.self_attn.k_proj.weight"]
    look_at(page, "blk.0.attn_k.weight")
    qtbot.waitUntil(lambda: len(read) == 2 and page.inspecting._job is None, timeout=DEADLINE)
    look_at(page, "blk.4.attn_k.weight")  # which is known
    qtbot.waitUntil(lambda: page.inspector.tensor.state.text() == "As MLX computes with them")
    assert len(read) == 2


def test_how_much_is_read_is_told(page, qtbot, monkeypatch):
    going_on = threading.Event()

    def slowly(sources, on_progress, is_cancelled):
        on_progress(Progress(Stage.STATISTICS, 40, 100, "", 1.0))
        going_on.wait(DEADLINE / 1000)
        return tensor_statistics(sources, on_progress, is_cancelled)

    monkeypatch.setattr(module, "tensor_statistics", slowly)
    look_at(page, QUERY)
    state = page.inspector.tensor.state
    qtbot.waitUntil(lambda: state.text() == "The values are being read: 40%", timeout=DEADLINE)
    going_on.set()
    qtbot.waitUntil(lambda: state.text() == "As MLX computes with them", timeout=DEADLINE)


def test_the_same_model_again_changes_nothing(page, qtbot, prepared):
    look_at(page, QUERY)
    state = page.inspector.tensor.state
    qtbot.waitUntil(lambda: state.text() == "As MLX computes with them", timeout=DEADLINE)
    page.set_model(prepared.model, None)
    assert page.inspecting._known


def test_what_cannot_be_read_is_told(page, qtbot, monkeypatch):
    def broken(*_):
        raise ConversionError(text("the disk is gone"))

    monkeypatch.setattr(module, "tensor_statistics", broken)
    look_at(page, QUERY)
    state = page.inspector.tensor.state
    qtbot.waitUntil(lambda: state.text() == "The values cannot be read: the disk is gone", timeout=DEADLINE)


def test_a_narrow_page_has_its_details_in_a_sheet(page, qtbot):
    page.resize(900, 600)
    QApplication.processEvents()
    assert not page.inspector.isVisible()
    look_at(page, QUERY)
    page.details.click()
    assert page.details_sheet.isVisible()
    assert page.inspector.isVisible()
    assert page.inspector.tensor.name.name.toPlainText() == QUERY
    QTest.keyClick(page.details_sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.details_sheet is None)
    assert not page.inspector.isVisible()
    page.resize(1280, 800)
    qtbot.waitUntil(page.inspector.isVisible)
    assert page.splitter.indexOf(page.inspector) == 1


def test_details_can_be_hidden(page, qtbot):
    page.details.click()
    assert not page.inspector.isVisible()
    page.resize(1300, 800)
    assert not page.inspector.isVisible()
    page.details.click()
    assert page.inspector.isVisible()


def test_nothing_is_read_behind_another_page(page, qtbot):
    look_at(page, QUERY)
    page.hide()
    assert page.inspector.shown is None
    page.show()
    qtbot.waitUntil(lambda: page.inspector.tensor.state.text() == "As MLX computes with them", timeout=DEADLINE)


def test_back(page, qtbot):
    with qtbot.waitSignal(page.back):
        page.leave.click()
    assert page.title.text() == f"Tensors of {page.inspecting._model.checkpoint.name}"


@pytest.mark.parametrize("size", [(900, 600), (1280, 800)])
def test_everything_has_a_name_can_be_reached_and_is_not_clipped(page, qtbot, size):
    page.resize(*size)
    look_at(page, "output.weight")
    qtbot.wait(50)
    for widget in controls(page):
        assert widget.accessibleName() or getattr(widget, "text", str)(), widget
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus or not widget.isVisible() or widget is page.inspector
    qtbot.waitUntil(lambda: clipped(page) == [], timeout=DEADLINE)


def test_nothing_is_left_in_english(chinese, qtbot, prepared, plan, tmp_path):
    page = TensorsPage()
    qtbot.addWidget(page)
    page.resize(1280, 800)
    page.show()
    written = convert(plan, tmp_path / "model.gguf")
    page.set_model(prepared.model, prepared.vocabulary)
    page.set_plan(plan, written.errors, written.kept)
    page.set_finished(plan, written.path)
    assert in_english(page) == []
    look_at(page, "output.weight")
    qtbot.waitUntil(page.inspector.tensor.change.isVisible, timeout=DEADLINE)
    assert in_english(page) == []
    qtbot.waitUntil(lambda: clipped(page) == [], timeout=DEADLINE)
    page.shut_down()
