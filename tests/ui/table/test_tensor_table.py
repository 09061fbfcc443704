"""The table by mouse and keyboard: search, kinds, sums, copying, columns, types in place, and many thousand rows."""

import gc
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QStyledItemDelegate, QStyleOptionViewItem, QToolButton

from app.core.ggml_types import OutputType, T
from app.core.human_text import bytes_in_words
from app.core.plan import HeadChoice
from app.ui.table.arrangement import MODEL_ORDER
from app.ui.table.tensor_columns import COLUMNS, TYPE_COLUMN
from app.ui.table.tensor_row import LayerRow, RowKind
from app.ui.table.tensor_table import TensorTable
from app.ui.table.tensor_view import NO_BREAK_SPACE
from tests.ui.big_plan import big_plan, final_plan
from tests.ui.tensor_cells import NUMBER, index_of

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
    return [row.key[0] for row in table.shown_rows()]


def select(table, name):
    table.view.setCurrentIndex(index_of(table.model, name))


def visible_titles(table):
    return [title for title, number in NUMBER.items() if not table.view.isColumnHidden(number)]


def widths(table):
    return [table.view.columnWidth(number) for number in range(len(COLUMNS))]


def is_open(table, layer):
    (number,) = (n for n, row in enumerate(table.model.top) if isinstance(row, LayerRow) and row.layer == layer)
    return table.view.isExpanded(table.model.index(number, 0))


def test_sums_of_what_is_shown_and_of_the_selection(table, qtbot, copied_folder):
    plan = final_plan(copied_folder)
    all_of_it = f"{len(plan.tensors) + 1} tensors, {sums(plan)}"
    file = f"{all_of_it} · {bytes_in_words(plan.byte_count)} with tokenizer and metadata"
    status(table, qtbot, file)
    select(table, "token_embd.weight")
    size = bytes_in_words(plan.tensors[0].byte_count)
    status(table, qtbot, f"{all_of_it} · selected: 1 tensor, {size} → {size}")
    table.search.setText("nothing like it")
    status(table, qtbot, f"0 of {len(plan.tensors) + 1} tensors")
    table.search.clear()
    table.view.clearSelection()
    status(table, qtbot, file)
    table.set_plan(replace(plan, is_provisional=True))
    status(table, qtbot, all_of_it)
    table.set_plan(None)
    status(table, qtbot, "No tensors")


def test_a_selected_layer_is_all_its_tensors(table, qtbot):
    table.view.setCurrentIndex(table.model.index(3, 0))
    assert {row.place.layer for row in table.selected_rows()} == {0}
    qtbot.keyClick(table.view, Qt.Key.Key_Right)
    qtbot.keyClick(table.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert len(table.selected_rows()) == len(table.model.top[3].rows)


def test_a_source_that_is_written_twice_counts_once(table, qtbot, copied_folder):
    plan = final_plan(copied_folder)
    first = plan.tensors[0]
    tensors = first, replace(first, name="output.weight")
    table.set_plan(replace(plan, tensors=tensors, dropped=(), is_provisional=True))
    once, twice = (bytes_in_words(count * first.byte_count) for count in (1, 2))
    status(table, qtbot, f"2 tensors, {once} → {twice}")


def test_searching_and_escape(table, qtbot):
    table.focus_search()
    table.view.setExpanded(table.model.index(3 + 1, 0), True)
    qtbot.keyClicks(table.search, "layers.4 q_proj")
    assert shown_names(table) == ["model.layers.4.self_attn.q_proj.weight"]
    assert is_open(table, 4)
    qtbot.keyClick(table.search, Qt.Key.Key_Escape)
    assert table.search.text() == ""
    assert len(shown_names(table)) == len(table.model.rows)
    assert [is_open(table, layer) for layer in (0, 1, 4)] == [False, True, False]


def test_nothing_found_is_said(table, qtbot):
    before = table.view.viewport().grab().toImage()
    table.search.setText("nothing like it")
    empty = table.view.viewport().grab().toImage()
    table.set_plan(None)
    assert empty not in (before, table.view.viewport().grab().toImage())


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


def test_another_model_forgets_search_kind_and_order(table, qtbot, tied_folder, copied_folder):
    table.search.setText("attn")
    table.kind.setCurrentIndex(2)
    table.view.sortByColumn(NUMBER["File size"], Qt.SortOrder.DescendingOrder)
    table.set_plan(final_plan(copied_folder, output_type=OutputType.F16, name="another"))  # the same model
    assert (table.search.text(), table.kind.currentIndex()) == ("attn", 2)
    table.set_plan(final_plan(tied_folder))
    assert (table.search.text(), table.kind.currentIndex()) == ("", 0)
    assert table.view.header().sortIndicatorSection() == MODEL_ORDER
    assert len(shown_names(table)) == len(table.model.rows)
    assert not is_open(table, 3)


def test_another_folder_of_the_same_name_is_another_model(table, copied_folder, copy_folder):
    table.search.setText("attn")
    table.set_plan(final_plan(copy_folder(copied_folder)))
    assert table.search.text() == ""


def test_copying_the_selection_in_the_order_shown(table, qtbot):
    table.view.sortByColumn(NUMBER["Part"], Qt.SortOrder.AscendingOrder)
    table.view.setFocus()
    table.view.setCurrentIndex(table.model.index(0, 0))
    qtbot.keyClick(table.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(table.copy.isEnabled)
    qtbot.keySequence(table.view, QKeySequence(QKeySequence.StandardKey.Copy))
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert lines[0] == ["Source name", "GGUF name", *NUMBER]
    assert [line[0] for line in lines[1:]] == shown_names(table)[:2]
    assert {len(line) for line in lines} == {2 + len(COLUMNS)}


def test_copying_the_table_gives_exact_bytes_of_what_is_shown(table, qtbot):
    table.search.setText("embed")
    qtbot.waitUntil(table.copy_table.isEnabled)
    table.copy_table.trigger()
    _, line = QGuiApplication.clipboard().text().splitlines()
    (row,) = table.shown_rows()
    assert line.split("\t")[2 + NUMBER["File size"]] == str(row.written.byte_count)


def test_nothing_to_copy_or_export(table, qtbot):
    with qtbot.waitSignal(table.export_wanted):
        table.export.trigger()
    table.set_plan(None)
    qtbot.waitUntil(lambda: not table.copy_table.isEnabled())
    assert not table.copy.isEnabled()
    assert not table.export.isEnabled()


def test_sorting_by_the_menu(table, qtbot):
    menu = table.sorting
    actions = {action.text(): action for action in menu.actions()}
    before = shown_names(table)
    actions["File size"].trigger()
    actions["Descending"].trigger()
    assert shown_names(table)[0] == "model.embed_tokens.weight"
    menu.show_order()
    assert actions["File size"].isChecked()
    assert actions["Descending"].isChecked()
    actions["Order in the Model"].trigger()
    assert shown_names(table) == before
    assert table.view.header().sortIndicatorSection() == MODEL_ORDER


def test_another_type_keeps_selection_and_place(table, qtbot, copied_folder):
    table.open_all.trigger()
    select(table, "blk.3.attn_q.weight")
    place = table.view.verticalScrollBar().value()
    assert place > 0
    table.set_plan(final_plan(copied_folder, output_type=OutputType.F16))
    assert [row.key[1] for row in table.selected_rows()] == ["blk.3.attn_q.weight"]
    assert table.view.verticalScrollBar().value() == place
    assert is_open(table, 5)


def test_a_row_that_comes_above_does_not_move_what_is_in_sight(table, qtbot, changed_folder):
    plan = final_plan(changed_folder)
    without = replace(plan, tensors=plan.tensors[:-1] if plan.tensors[-1].name == "output.weight" else plan.tensors[1:])
    table.set_plan(without)
    table.open_all.trigger()
    QApplication.processEvents()
    table.view.verticalScrollBar().setValue(205)
    (row, top), name = table.view.top_row(), table.model.row_of(table.view.top_row()[0]).key
    table.set_plan(plan)
    assert table.model.row_of(table.view.top_row()[0]).key == name
    assert table.view.top_row()[1] == top
    assert row.isValid()
    table.set_plan(final_plan(changed_folder, head=HeadChoice.SHARE))
    assert table.model.row_of(table.view.top_row()[0]).key == name


@pytest.mark.parametrize("width", [560, 900, 1280])
def test_no_column_vanishes_by_itself(table, qtbot, width):
    table.resize(width, 300)
    QApplication.processEvents()
    assert visible_titles(table) == [title for title in NUMBER if title != "Kept"]  # there is no adapter
    if width >= 1280:
        assert table.view.horizontalScrollBar().maximum() == 0
    assert table.view.header().length() >= table.view.viewport().width()


def test_no_text_but_the_last_is_cut(table, qtbot):
    table.open_all.trigger()
    metrics = table.view.fontMetrics()
    for name in ("blk.3.attn_q_norm.weight", "token_embd.weight"):
        index = index_of(table.model, name)
        for number in range(len(COLUMNS) - 1):
            cell = index.siblingAtColumn(number)
            room = table.view.visualRect(cell).width()
            assert table.view.isColumnHidden(number) or metrics.horizontalAdvance(cell.data()) + 8 <= room


def test_columns_stay_where_they_are_when_values_change(table, qtbot, copied_folder):
    before = widths(table)
    plan = final_plan(copied_folder, output_type=OutputType.Q8_0)
    table.set_plan(plan)
    table.set_plan(plan, {one.name: 0.1234 for one in plan.tensors})
    assert widths(table) == before


def test_chosen_columns_are_told_and_remembered(table, qtbot):
    actions = {action.text(): action for action in table.columns.actions()}
    with qtbot.waitSignal(table.columns_chosen) as told:
        actions["Stored as"].trigger()
    assert told.args == [("stored",)]
    assert "Stored as" not in visible_titles(table)
    assert not {"Layer", "Part"} & set(actions)
    other = TensorTable()
    qtbot.addWidget(other)
    other.hide_columns(["stored", "no column"])
    assert other.columns.hidden == ("stored",)
    assert "Stored as" not in visible_titles(other)
    assert [action.text() for action in table.view.header().actions()] == list(actions)


def test_a_width_set_by_hand_stays(table, qtbot):
    table.view.header().resizeSection(1, 333)
    table.resize(1000, 300)
    QApplication.processEvents()
    assert table.view.columnWidth(1) == 333


@pytest.mark.parametrize("how", ["Return", "double click"])
def test_the_type_is_chosen_where_it_stands(table, qtbot, how):
    chosen: list[object] = []
    table.types.chosen.connect(lambda names, kind: chosen.append((names, kind)))
    table.open_all.trigger()
    select(table, "blk.0.attn_q.weight")
    cell = index_of(table.model, "blk.0.attn_q.weight").siblingAtColumn(TYPE_COLUMN)
    if how == "Return":
        table.view.setFocus()
        QTest.keyClick(table.view, Qt.Key.Key_Return)
    else:
        place = table.view.visualRect(cell).center()
        QTest.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseDClick(table.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    editor = next(one for one in table.view.findChildren(QComboBox) if one.isVisible())
    assert [editor.itemText(number) for number in (0, 1)] == ["Automatic", "F32"]
    assert "Q6_K" not in [editor.itemText(number) for number in range(editor.count())]  # rows of 128
    qtbot.waitUntil(editor.view().isVisible)
    while editor.view().currentIndex().data() != "Q8_0":
        QTest.keyClick(editor.view(), Qt.Key.Key_Down)
    QTest.keyClick(editor.view(), Qt.Key.Key_Return)
    assert chosen == [(("blk.0.attn_q.weight",), T.Q8_0)]
    qtbot.waitUntil(lambda: not [one for one in table.view.findChildren(QComboBox) if one.isVisible()])


def test_a_list_of_types_that_is_closed_changes_nothing(table, qtbot):
    chosen: list[object] = []
    table.types.chosen.connect(lambda *what: chosen.append(what))
    select(table, "token_embd.weight")
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    (editor,) = (one for one in table.view.findChildren(QComboBox) if one.isVisible())
    qtbot.waitUntil(editor.view().isVisible)
    QTest.keyClick(editor.view(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not [one for one in table.view.findChildren(QComboBox) if one.isVisible()])
    assert not chosen


def test_no_type_is_chosen_while_none_can_be(table, qtbot):
    table.types.menuAction().setEnabled(False)
    select(table, "token_embd.weight")
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    assert not [one for one in table.view.findChildren(QComboBox) if one.isVisible()]


def test_return_opens_and_closes_a_layer(table, qtbot):
    table.view.setCurrentIndex(table.model.index(3, 0))
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    assert is_open(table, 0)
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    assert not is_open(table, 0)


def test_what_is_looked_at_is_told(table, qtbot):
    with qtbot.waitSignal(table.current_changed, check_params_cb=lambda row: row is not None):
        select(table, "token_embd.weight")
    assert table.current_row.key[1] == "token_embd.weight"
    with qtbot.waitSignal(table.current_changed, check_params_cb=lambda row: isinstance(row, LayerRow)):
        table.view.setCurrentIndex(table.model.index(3, 0))


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
    table.fold.trigger()
    table.grab()
    table.view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    table.grab()
    table.search.setText("down_proj")
    QApplication.processEvents()
    table.grab()
    table.fold.trigger()
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


# ---- what is painted


def cells(model):
    """Of layers, of what is in them and of what is in none."""
    firsts = [model.index(number, 0) for number in range(model.rowCount())]
    firsts += [model.index(0, 0, first) for first in firsts if model.rowCount(first)]
    return [first.siblingAtColumn(column) for first in firsts for column in range(len(COLUMNS))]


def test_a_cell_is_painted_as_qt_would(table):
    """Which asks for it role by role."""

    own, usual = table.view.itemDelegate(), QStyledItemDelegate()
    assert any(isinstance(table.model.row_of(one), LayerRow) for one in cells(table.model))
    for index in cells(table.model):
        ours, qts = QStyleOptionViewItem(), QStyleOptionViewItem()
        for option in (ours, qts):
            option.font.setPointSize(31)
        own.initStyleOption(ours, index)
        usual.initStyleOption(qts, index)
        assert ours.text.removesuffix(NO_BREAK_SPACE) == qts.text == index.data()
        assert ours.displayAlignment == qts.displayAlignment
        assert ours.font == qts.font
        assert ours.fontMetrics.horizontalAdvance("Ä") == qts.fontMetrics.horizontalAdvance("Ä")
        assert ours.features == qts.features


def test_to_paint_asks_nothing_of_the_disk_and_little_of_the_model(table, monkeypatch):
    """While a conversion goes on, each answer has to wait for Python."""
    asked = []
    model = type(table.model)
    monkeypatch.setattr(model, "data", lambda *_: pytest.fail("asked role by role"))
    monkeypatch.setattr("pathlib.Path.stat", lambda path, **_: asked.append(path))
    table.view.expandAll()
    table.view.viewport().repaint()
    assert asked == []
