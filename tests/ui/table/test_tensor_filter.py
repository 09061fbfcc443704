"""Which rows are shown for a text and a kind, also when the plan changes under the filter."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from app.core.ggml_types import OutputType
from app.ui.table.tensor_columns import RowKind
from app.ui.table.tensor_filter import TensorFilter
from app.ui.table.tensor_table_model import TensorTableModel
from tests.tiny_checkpoints import HEAD
from tests.ui.big_plan import final_plan


@pytest.fixture
def model(qapp, copied_folder):
    model = TensorTableModel()
    model.set_plan(final_plan(copied_folder))
    return model


@pytest.fixture
def shown(model):
    shown = TensorFilter(model, model)
    QAbstractItemModelTester(shown, QAbstractItemModelTester.FailureReportingMode.Fatal, shown)
    return shown


def file_names(shown):
    return [row.key[1] for row in shown.shown_rows()]


def test_everything_is_shown_at_first(model, shown):
    assert tuple(shown.shown_rows()) == model.rows


@pytest.mark.parametrize("text", ["blk.3.attn_q.weight", "ATTN_Q.w blk.3.", "layers.3 q_proj", "  q_proj   BLK.3 "])
def test_every_word_must_occur_in_one_of_the_names(shown, text):
    shown.set_text(text)
    assert file_names(shown) == ["blk.3.attn_q.weight"]


def test_no_match_shows_nothing(shown):
    shown.set_text("q_proj nonsense")
    assert file_names(shown) == []
    shown.set_text("")
    assert file_names(shown)


def test_words_do_not_reach_from_one_name_into_the_other(shown):
    shown.set_text("weighttoken")
    assert file_names(shown) == []


@pytest.mark.parametrize("kind", RowKind)
def test_each_kind(model, shown, kind):
    shown.set_kind(kind)
    expected = [row for row in model.rows if row.kind is kind]
    assert list(shown.shown_rows()) == expected != []
    shown.set_kind(None)
    assert shown.rowCount() == model.rowCount()


def test_text_and_kind_together(shown):
    shown.set_kind(RowKind.LEFT_OUT)
    shown.set_text("lm_head")
    assert [row.key[0] for row in shown.shown_rows()] == [HEAD]
    shown.set_text("attn")
    assert file_names(shown) == []


def test_rows_come_and_go_with_the_plan(model, shown, copied_folder):
    shown.set_kind(RowKind.AS_IT_IS)
    assert "token_embd.weight" in file_names(shown)
    model.set_plan(final_plan(copied_folder, output_type=OutputType.F16))
    assert file_names(shown) == []
    model.set_plan(final_plan(copied_folder))
    assert "token_embd.weight" in file_names(shown)


def test_sorting_keeps_the_filter(model, shown):
    shown.set_text("attn_q.")
    shown.sort(4, Qt.SortOrder.DescendingOrder)
    assert file_names(shown) == [f"blk.{layer}.attn_q.weight" for layer in range(5, -1, -1)]
