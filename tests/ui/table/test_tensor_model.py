"""The plan as a tree: what the cells say, how rows are filtered, sorted and folded, how a new plan takes the place."""

from dataclasses import replace

import pytest
from gguf import GGMLQuantizationType
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from app.core.architectures.ops import NOTHING
from app.core.encode.kept import Kept
from app.core.ggml_types import OutputType
from app.core.human_text import bytes_in_words
from app.core.plan import HeadChoice, Method
from app.ui.table.arrangement import MODEL_ORDER
from app.ui.table.tensor_columns import COLUMNS, natural_key
from app.ui.table.tensor_model import TensorModel
from app.ui.table.tensor_row import LayerRow, RowKind, tensors_of
from tests.tiny_checkpoints import EMBEDDING, HEAD
from tests.ui.big_plan import big_plan, final_plan, provisional_plan
from tests.ui.tensor_cells import NUMBER, cell, index_of, tensor_indexes

TITLES = list(NUMBER)
DESCENDING = Qt.SortOrder.DescendingOrder


@pytest.fixture
def model(qapp):
    model = TensorModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    yield model
    del tester


class Signals:
    """What the model told, in order."""

    def __init__(self, model):
        self.told: list[str] = []
        for name in ("modelReset", "layoutChanged", "dataChanged"):
            getattr(model, name).connect(lambda *_, name=name: self.told.append(name))


def names(model):
    return [model.row_of(index).key[1] or model.row_of(index).key[0] for index in tensor_indexes(model)]


def words(model, said):
    model.arrange(words=tuple(said.casefold().split()))
    return names(model)


def by(model, title, order=Qt.SortOrder.AscendingOrder):
    model.sort(NUMBER[title], order)
    return names(model)


def test_every_tensor_has_a_row_and_most_of_them_a_layer(model, copied_folder):
    plan = final_plan(copied_folder)
    model.set_plan(plan)
    assert sorted(names(model)) == sorted(
        [*(one.name for one in plan.tensors), *(one.source.name for one in plan.dropped)]
    )
    assert names(model)[:3] == [HEAD, "token_embd.weight", "output_norm.weight"]
    assert [row.layer for row in model.top[3:]] == list(range(6))
    embedding = index_of(model, "token_embd.weight")
    assert [cell(embedding, title) for title in ("Layer", "Part", "Type", "Stored as")] == [
        "–",
        "token_embd",
        "BF16",
        "BF16",
    ]
    assert cell(embedding, "What happens") == "copied"
    inside = index_of(model, "blk.3.attn_q.weight")
    assert [cell(inside, title) for title in ("Layer", "Part")] == ["", "attn_q"]
    assert inside.parent().row() == 3 + 3
    assert inside.data(Qt.ItemDataRole.AccessibleTextRole) == "Layer 3, attn_q"
    assert cell(index_of(model, "output_norm.weight"), "What happens") == "+1, as F32"


def test_a_layer_sums_up_its_tensors(model, copied_folder):
    plan = final_plan(copied_folder, output_type=OutputType.Q8_0)
    layer = [one for one in plan.tensors if one.name.startswith("blk.2.")]
    errors = {one.name: 0.02 for one in layer if one.error is None}
    kept = {"blk.2.attn_q.weight": Kept(4.0, 3.0, 0.0)}
    model.set_plan(plan, errors, kept)
    index = model.index(3 + 2, 0)
    assert cell(index, "Layer") == "2"
    assert cell(index, "Part") == f"{len(layer)} tensors"
    assert cell(index, "Size") == bytes_in_words(sum(one.source.byte_count for one in layer))
    assert cell(index, "File size") == bytes_in_words(sum(one.byte_count for one in layer))
    assert cell(index, "Stored as") == "BF16"
    assert cell(index, "Type") == "Q8_0, F32"
    assert cell(index, "Change (average)").startswith("2.0")
    assert cell(index, "Kept") == "75.0%"
    assert cell(model.index(3, 0), "Kept") == "–"


def test_what_is_left_out_has_dashes_and_a_reason(model, copied_folder):
    model.set_plan(final_plan(copied_folder))
    head = index_of(model, HEAD)
    assert [cell(head, title) for title in ("Type", "File size")] == ["–"] * 2
    assert cell(head, "What happens").startswith("left out: it equals the embedding")
    assert model.row_of(head).kind is RowKind.LEFT_OUT


def test_titles_tooltips_and_alignment(model, tied_folder):
    model.set_plan(final_plan(tied_folder))
    horizontal = Qt.Orientation.Horizontal
    assert [model.headerData(n, horizontal).rstrip("\u00a0") for n in range(model.columnCount())] == TITLES
    assert all(model.headerData(n, horizontal, Qt.ItemDataRole.ToolTipRole) for n in range(model.columnCount()))
    size = model.index(0, NUMBER["Size"])
    assert size.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    assert f"{model.top[0].tensor.source.byte_count:,} bytes" in size.data(Qt.ItemDataRole.ToolTipRole)
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)


def test_the_whole_names_are_in_a_tooltip(model, tied_folder):
    model.set_plan(final_plan(tied_folder))
    tip = index_of(model, "blk.3.attn_q.weight").siblingAtColumn(1).data(Qt.ItemDataRole.ToolTipRole)
    assert "model.layers.3.self_attn.q_proj.weight" in tip
    assert "blk.3.attn_q.weight" in tip


def test_a_name_that_looks_like_html_stays_text(model, tied_folder):
    plan = final_plan(tied_folder)
    first = plan.tensors[0]
    evil = replace(first, sources=(replace(first.sources[0], name="<img src=x>"),))
    model.set_plan(replace(plan, tensors=(evil,)))
    assert "&lt;img" in model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_only_the_type_of_what_is_written_can_be_edited(model, copied_folder):
    model.set_plan(final_plan(copied_folder))
    editable = Qt.ItemFlag.ItemIsEditable
    assert index_of(model, "token_embd.weight").siblingAtColumn(NUMBER["Type"]).flags() & editable
    assert not index_of(model, "token_embd.weight").flags() & editable
    assert not index_of(model, HEAD).siblingAtColumn(NUMBER["Type"]).flags() & editable
    assert not model.index(4, NUMBER["Type"]).flags() & editable


# ---- filter


@pytest.mark.parametrize("text", ["blk.3.attn_q.weight", "ATTN_Q.w blk.3.", "layers.3 q_proj", "  q_proj   BLK.3 "])
def test_every_word_must_occur_in_one_of_the_names(model, tied_folder, text):
    model.set_plan(final_plan(tied_folder))
    assert words(model, text) == ["blk.3.attn_q.weight"]
    assert [row.layer for row in model.top if isinstance(row, LayerRow)] == [3]


def test_no_match_shows_nothing_and_an_empty_search_everything(model, tied_folder):
    model.set_plan(final_plan(tied_folder))
    everything = names(model)
    assert words(model, "q_proj nonsense") == words(model, "weighttoken") == []
    assert words(model, "") == everything


@pytest.mark.parametrize("kind", RowKind)
def test_each_kind(model, copied_folder, kind):
    model.set_plan(final_plan(copied_folder))
    model.arrange(kind=kind)
    assert {row.kind for row in tensors_of(model.top)} == {kind}
    model.arrange(kind=None)
    assert len(names(model)) == len(model.rows)


def test_rows_come_and_go_with_the_plan(model, copied_folder):
    model.set_plan(final_plan(copied_folder))
    model.arrange(kind=RowKind.AS_IT_IS)
    assert "token_embd.weight" in names(model)
    model.set_plan(final_plan(copied_folder, output_type=OutputType.F16))
    assert names(model) == []
    model.set_plan(final_plan(copied_folder))
    assert "token_embd.weight" in names(model)


# ---- order


def test_tensors_are_sorted_inside_their_layers(model, tied_folder):
    model.set_plan(final_plan(tied_folder))
    found = by(model, "Part")
    layers = [row for row in model.top if isinstance(row, LayerRow)]
    assert [row.layer for row in layers] == list(range(6))
    for row in layers:
        parts = [one.place.part for one in row.rows]
        assert parts == sorted(parts)
    assert found[0] == "token_embd.weight"
    by(model, "Layer", DESCENDING)
    assert [row.layer for row in model.top if isinstance(row, LayerRow)] == list(range(5, -1, -1))


@pytest.mark.parametrize("title", ["Size", "File size", "Change (average)"])
def test_by_size_and_by_change_all_stand_among_each_other(model, tied_folder, title):
    plan = final_plan(tied_folder)
    model.set_plan(plan, {one.name: 0.001 * number for number, one in enumerate(plan.tensors)})
    by(model, title, DESCENDING)
    assert not any(isinstance(row, LayerRow) for row in model.top)
    keys = [COLUMNS[NUMBER[title]].sort_key(row) for row in model.top]
    assert keys == sorted(keys, reverse=True)
    assert any(cell(index, "Layer") == "3" for index in tensor_indexes(model))
    model.sort(MODEL_ORDER)
    assert any(isinstance(row, LayerRow) for row in model.top)


def test_bytes_sort_by_number_also_beyond_32_bits(model, tied_folder):
    plan = final_plan(tied_folder)
    sizes = [5_000_000_000, 999, 70_000, 2**31]
    tensors = [replace(t, byte_count=size) for t, size in zip(plan.tensors, sizes, strict=False)]
    model.set_plan(replace(plan, tensors=tuple(tensors)))
    by(model, "File size")
    assert [row.written.byte_count for row in model.top] == sorted(sizes)


def test_without_layers_everything_is_in_one_list(model, tied_folder):
    plan = final_plan(tied_folder)
    model.set_plan(plan)
    folded = names(model)
    model.arrange(folds=False)
    assert names(model) == folded
    assert len(model.top) == len(plan.tensors)
    by(model, "Part")
    assert [row.place.part for row in model.top] == sorted(row.place.part for row in model.top)


def test_names_sort_as_people_count():
    assert natural_key("layers.2.b") < natural_key("layers.10.a")


# ---- plans that follow each other


def test_another_type_changes_cells_and_nothing_else(model, tied_folder):
    model.set_plan(final_plan(tied_folder))
    kept = QPersistentModelIndex(index_of(model, "blk.3.attn_q.weight"))
    signals = Signals(model)
    model.set_plan(final_plan(tied_folder, output_type=OutputType.F16))
    assert set(signals.told) == {"dataChanged"}
    assert model.row_of(kept).key[1] == "blk.3.attn_q.weight"
    assert cell(index_of(model, "token_embd.weight"), "Type") == "F16"


def test_the_same_plan_again_tells_nothing(model, tied_folder):
    plan = final_plan(tied_folder)
    model.set_plan(plan)
    signals = Signals(model)
    model.set_plan(plan)
    assert not signals.told


def test_a_head_that_is_written_after_all_stays_on_top(model, changed_folder):
    model.set_plan(provisional_plan(changed_folder))
    embedding = QPersistentModelIndex(index_of(model, EMBEDDING))
    model.set_plan(final_plan(changed_folder))
    assert names(model)[:2] == ["output.weight", "token_embd.weight"]
    assert (embedding.row(), model.row_of(embedding).key[0]) == (1, EMBEDDING)
    model.set_plan(final_plan(changed_folder, head=HeadChoice.SHARE))
    assert names(model)[0] == HEAD


def test_rows_that_are_filtered_out_are_forgotten_and_others_move(model, tied_folder):
    model.set_plan(final_plan(tied_folder))
    gone, moved = (QPersistentModelIndex(index_of(model, f"blk.{layer}.attn_q.weight")) for layer in (1, 4))
    words(model, "blk.4.attn_q.weight")
    assert not gone.isValid()
    assert (moved.row(), moved.parent().row(), model.row_of(moved).key[1]) == (0, 0, "blk.4.attn_q.weight")
    by(model, "File size")
    assert (moved.parent(), model.row_of(moved).key[1]) == (QModelIndex(), "blk.4.attn_q.weight")


def test_sorted_rows_change_places_with_the_values(model, tied_folder):
    plan = final_plan(tied_folder)
    model.set_plan(plan)
    by(model, "File size")
    kept = QPersistentModelIndex(index_of(model, "token_embd.weight"))
    smaller = replace(plan.tensors[0], byte_count=1, type=GGMLQuantizationType.Q4_0)
    model.set_plan(replace(plan, tensors=(smaller, *plan.tensors[1:])))
    assert (kept.row(), names(model)[0]) == (0, "token_embd.weight")


def test_another_model_begins_anew(model, tied_folder, copied_folder):
    model.set_plan(final_plan(tied_folder))
    words(model, "attn_q")
    by(model, "File size")
    model.begin_anew(final_plan(copied_folder))
    assert names(model)[0] == HEAD
    model.begin_anew(None)
    assert model.rowCount() == 0


def test_what_is_computed_has_no_bytes_in_the_folder(model, tied_folder):
    plan = final_plan(tied_folder)
    computed = replace(
        plan.tensors[1],
        name="rope_freqs.weight",
        sources=(),
        method=Method.COMPUTE,
        change=NOTHING,
        values=(1.0,) * 128,
    )
    model.set_plan(replace(plan, tensors=(computed,), dropped=()))
    index = model.index(0, 0)
    assert [cell(index, title) for title in ("Part", "Stored as", "Size")] == ["rope_freqs", "–", "–"]
    assert cell(index, "What happens") == "computed"
    assert "config.json" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_experts_are_one_row(model, tied_folder):
    plan = final_plan(tied_folder)
    first = plan.tensors[0]
    experts = tuple(replace(first.sources[0], name=f"layers.0.experts.{i}.up.weight") for i in range(3))
    model.set_plan(replace(plan, tensors=(replace(first, sources=experts),), dropped=()))
    index = model.index(0, 0)
    assert "layers.0.experts.{0…2}.up.weight" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert cell(index, "Shape").startswith("3 × ")
    assert cell(index, "Size") == bytes_in_words(3 * experts[0].byte_count)
    assert cell(index, "What happens") == "stacked"


def test_a_folder_of_many_tensors(model, tied_folder):
    model.set_plan(big_plan(tied_folder, 300))
    layers = [row.layer for row in model.top if isinstance(row, LayerRow)]
    assert layers == sorted(layers)
    assert len(layers) > 10
