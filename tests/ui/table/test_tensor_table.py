"""The table by mouse and keyboard: search, kinds, sums, copying, widths, and twenty thousand rows."""

import gc
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QToolButton

from app.core.ggml_types import OutputType
from app.core.human_text import bytes_in_words
from app.core.plan import HeadChoice
from app.ui.table.sort_menu import SortMenu
from app.ui.table.tensor_columns import COLUMNS, RowKind
from app.ui.table.tensor_table import TensorTable
from app.ui.table.tensor_table_model import PLAN_ORDER
from app.ui.table.tensor_view import share
from tests.ui.big_plan import big_plan, final_plan, provisional_plan

TITLES = [column.title for column in COLUMNS]
PROPORTION = 20  # ten times the rows


@pytest.fixture
def table(qtbot, copied_folder):
    table = TensorTable()
    qtbot.addWidget(table)
    table.resize(900, 300)
    table.set_plan(final_plan(copied_folder))
    table.show()
    qtbot.waitExposed(table)
    return table


def status(table, qtbot, text):
    qtbot.waitUntil(lambda: table.status.text() == text)


def sums(plan):
    before = sum(t.source.byte_count for t in (*plan.tensors, *plan.dropped))
    after = sum(t.byte_count for t in plan.tensors)
    return f"{bytes_in_words(before)} → {bytes_in_words(after)}"


def shown_names(table):
    model = table.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def visible_titles(table):
    return [title for number, title in enumerate(TITLES) if not table.view.isColumnHidden(number)]


def test_sums_of_what_is_shown_and_of_the_selection(table, qtbot, copied_folder):
    plan = final_plan(copied_folder)
    all_of_it = f"{len(plan.tensors) + 1} tensors, {sums(plan)}"
    status(table, qtbot, all_of_it)
    table.view.selectRow(0)
    size = bytes_in_words(plan.tensors[0].byte_count)
    status(table, qtbot, f"{all_of_it} · selected: 1 tensor, {size} → {size}")
    table.search.setText("nothing like it")
    status(table, qtbot, f"0 of {len(plan.tensors) + 1} tensors")
    table.set_plan(None)
    status(table, qtbot, "No tensors")


def test_a_source_that_is_written_twice_counts_once(table, qtbot, copied_folder):
    plan = final_plan(copied_folder)
    first = plan.tensors[0]
    table.set_plan(replace(plan, tensors=(first, replace(first, name="output.weight")), dropped=()))
    once, twice = (bytes_in_words(count * first.byte_count) for count in (1, 2))
    status(table, qtbot, f"2 tensors, {once} → {twice}")


def test_searching_and_escape(table, qtbot):
    table.focus_search()
    qtbot.keyClicks(table.search, "layers.4 q_proj")
    assert shown_names(table) == ["model.layers.4.self_attn.q_proj.weight"]
    qtbot.keyClick(table.search, Qt.Key.Key_Escape)
    assert table.search.text() == ""
    assert len(shown_names(table)) == table.view.model().sourceModel().rowCount()


def test_only_a_full_search_field_takes_escape(table, qtbot):
    def claims():
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(table.search, event)
        return event.isAccepted()

    assert not claims()
    table.search.setText("q_proj")
    assert claims()


def test_choosing_a_kind(table, qtbot):
    table.kind.setCurrentIndex(table.kind.findData(RowKind.LEFT_OUT))
    assert shown_names(table) == ["lm_head.weight"]
    table.kind.setCurrentIndex(0)
    assert len(shown_names(table)) > 1


def test_copying_the_selection_in_the_order_shown(table, qtbot):
    table.view.sortByColumn(TITLES.index("GGUF name"), Qt.SortOrder.AscendingOrder)
    table.view.setFocus()
    table.view.selectRow(0)
    qtbot.keyClick(table.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(table.copy.isEnabled)
    qtbot.keySequence(table.view, QKeySequence(QKeySequence.StandardKey.Copy))
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert lines[0] == TITLES
    assert [line[0] for line in lines[1:]] == shown_names(table)[:2]
    assert {len(line) for line in lines} == {len(COLUMNS)}


def test_copying_the_table_gives_exact_bytes_of_what_is_shown(table, qtbot):
    table.search.setText("embed")
    qtbot.waitUntil(table.copy_table.isEnabled)
    table.copy_table.trigger()
    _, line = QGuiApplication.clipboard().text().splitlines()
    row = table.view.model().row_at(0)
    assert line.split("\t")[TITLES.index("File size")] == str(row.written.byte_count)


def test_nothing_to_copy(table, qtbot):
    table.set_plan(None)
    qtbot.waitUntil(lambda: not table.copy_table.isEnabled())
    assert not table.copy.isEnabled()


def test_sorting_by_the_menu(table, qtbot):
    menu = table.findChild(SortMenu)
    actions = {action.text(): action for action in menu.actions()}
    before = shown_names(table)
    actions["File size"].trigger()
    actions["Descending"].trigger()
    assert shown_names(table)[0] == "model.embed_tokens.weight"
    assert shown_names(table) != before
    menu.show_order()
    assert actions["File size"].isChecked()
    assert actions["Descending"].isChecked()
    actions["Order in the File"].trigger()
    assert shown_names(table) == before
    assert table.view.horizontalHeader().sortIndicatorSection() == PLAN_ORDER


def test_another_type_keeps_selection_and_place(table, qtbot, copied_folder):
    table.view.selectRow(30)
    table.view.verticalScrollBar().setValue(200)
    place = table.view.verticalScrollBar().value()
    assert place > 0
    table.set_plan(final_plan(copied_folder, output_type=OutputType.F16))
    assert [index.row() for index in table.view.selectionModel().selectedRows()] == [30]
    assert table.view.verticalScrollBar().value() == place


def test_a_row_that_comes_above_does_not_move_what_is_in_sight(table, qtbot, changed_folder):
    table.set_plan(provisional_plan(changed_folder))
    table.view.verticalScrollBar().setValue(205)
    (row, top), name = table.view.top_row(), table.view.top_row()[0].data()
    table.set_plan(final_plan(changed_folder))
    assert table.view.top_row()[0].data() == name
    assert table.view.top_row()[1] == top
    assert row.isValid()
    table.set_plan(final_plan(changed_folder, head=HeadChoice.SHARE))
    assert table.view.top_row()[0].data() == name


@pytest.mark.parametrize("width", [560, 900, 1280])
def test_no_width_needs_sideways_scrolling(table, qtbot, width):
    table.resize(width, 300)
    QApplication.processEvents()
    assert table.view.horizontalScrollBar().maximum() == 0
    assert {"Source name", "GGUF name", "Type", "File size", "What happens"} <= set(visible_titles(table))
    if width >= 900:
        assert set(TITLES) - set(visible_titles(table)) <= {"Size", "Kept"}  # nothing was kept of a fine-tune here
    if width >= 1280:
        assert visible_titles(table) == [title for title in TITLES if title != "Kept"]


def test_a_width_set_by_hand_stays(table, qtbot):
    table.view.horizontalHeader().resizeSection(0, 333)
    table.resize(1000, 300)
    QApplication.processEvents()
    assert table.view.columnWidth(0) == 333


def test_columns_share_what_room_there_is():
    assert share(100, [20, 80, 80]) == [20, 40, 40]
    assert share(300, [20, 80, 80]) == [20, 80, 80]
    assert share(-5, [20, 80]) == [0, 0]


def test_tab_goes_through_the_controls_and_out_of_the_table(table, qtbot):
    table.activateWindow()
    table.search.setFocus()
    order = []
    for _ in range(4):
        order.append(QApplication.focusWidget())
        qtbot.keyClick(order[-1], Qt.Key.Key_Tab)
    assert order == [table.search, table.kind, table.findChild(QToolButton, "menu"), table.view]
    assert QApplication.focusWidget() is table.search


def test_every_control_has_an_accessible_name(table):
    for control in (table.search, table.kind, table.view, table.findChild(QToolButton, "menu")):
        assert QAccessible.queryAccessibleInterface(control).text(QAccessible.Text.Name)


def seconds_for(table, plan):
    """Of this thread, for all that a person does with a table; what other programs do meanwhile does not count."""
    table.search.setText("")
    start = time.thread_time()
    table.set_plan(plan)
    table.grab()
    table.view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    table.grab()
    table.search.setText("down_proj")
    QApplication.processEvents()
    table.grab()
    return time.thread_time() - start


def test_twenty_thousand_rows_take_in_proportion_what_two_thousand_take(table, qtbot, tied_folder, request):
    few, many = big_plan(tied_folder, 2_000), big_plan(tied_folder, 20_000)
    gc.collect()
    request.addfinalizer(gc.unfreeze)
    gc.freeze()  # what earlier tests have left is no work of the table's
    usual = min(seconds_for(table, few) for _ in range(3))
    found = seconds_for(table, many)
    assert found < PROPORTION * usual
    assert len(shown_names(table)) == sum("down_proj" in tensor.source.name for tensor in many.tensors)
