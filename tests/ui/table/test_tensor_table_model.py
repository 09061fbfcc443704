"""The plan as a table: what the cells say, how they sort, and how a new plan takes the place of the old."""

from dataclasses import replace

import pytest
from gguf import GGMLQuantizationType
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from app.core.architectures.ops import NOTHING
from app.core.ggml_types import OutputType
from app.core.plan import HeadChoice, Method
from app.ui.table.tensor_columns import COLUMNS, RowKind, natural_key
from app.ui.table.tensor_table_model import PLAN_ORDER, SortRole, TensorTableModel
from tests.tiny_checkpoints import EMBEDDING, HEAD
from tests.ui.big_plan import big_plan, final_plan, provisional_plan

TITLES = [column.title for column in COLUMNS]
DESCENDING = Qt.SortOrder.DescendingOrder


@pytest.fixture
def model(qapp):
    model = TensorTableModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    yield model
    del tester


class Signals:
    """What the model told, in order."""

    def __init__(self, model):
        self.told = []
        for name in ("modelReset", "layoutChanged", "rowsRemoved", "rowsInserted", "dataChanged"):
            getattr(model, name).connect(lambda *args, name=name: self._tell(name, args))

    def _tell(self, name, args):
        rows = [arg if isinstance(arg, int) else arg.row() for arg in args[:3] if not isinstance(arg, list)]
        self.told.append((name, *rows[-2:]) if name in ("rowsRemoved", "rowsInserted", "dataChanged") else (name,))


def cell(model, row, title, role=Qt.ItemDataRole.DisplayRole):
    return model.index(row, TITLES.index(title)).data(role)


def column(model, title, role=Qt.ItemDataRole.DisplayRole):
    return [cell(model, row, title, role) for row in range(model.rowCount())]


def test_a_row_for_every_tensor_of_the_plan(model, copied_folder):
    plan = final_plan(copied_folder)
    model.set_plan(plan)
    assert column(model, "Source name") == [t.source.name for t in plan.tensors] + [t.source.name for t in plan.dropped]
    assert cell(model, 0, "Source name") == EMBEDDING
    assert cell(model, 0, "GGUF name") == "token_embd.weight"
    assert cell(model, 0, "Type") == cell(model, 0, "Dtype") == "BF16"
    assert cell(model, 0, "File size", SortRole) == plan.tensors[0].byte_count
    assert cell(model, 0, "What happens") == "copied"
    norm = column(model, "GGUF name").index("output_norm.weight")
    assert cell(model, norm, "What happens") == "+1, as F32"


def test_what_is_left_out_has_dashes_and_a_reason(model, copied_folder):
    model.set_plan(final_plan(copied_folder))
    last = model.rowCount() - 1
    assert cell(model, last, "Source name") == HEAD
    assert [cell(model, last, title) for title in ("GGUF name", "Type", "File size")] == ["–"] * 3
    assert cell(model, last, "What happens").startswith("left out: it equals the embedding")
    assert model.row(last).kind is RowKind.LEFT_OUT


def test_titles_tooltips_and_alignment(model, tied_folder):
    model.set_plan(final_plan(tied_folder))
    horizontal = Qt.Orientation.Horizontal
    assert [model.headerData(n, horizontal).rstrip("\u00a0") for n in range(model.columnCount())] == TITLES
    assert all(model.headerData(n, horizontal, Qt.ItemDataRole.ToolTipRole) for n in range(model.columnCount()))
    assert cell(model, 0, "Size", Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    exact = f"{model.row(0).tensor.source.byte_count:,} bytes"
    assert exact in cell(model, 0, "Size", Qt.ItemDataRole.ToolTipRole)


def test_a_name_that_looks_like_html_stays_text(model, tied_folder):
    plan = final_plan(tied_folder)
    first = plan.tensors[0]
    evil = replace(first, sources=(replace(first.sources[0], name="<img src=x>"),))
    model.set_plan(replace(plan, tensors=(evil,)))
    assert "&lt;img" in cell(model, 0, "Source name", Qt.ItemDataRole.ToolTipRole)


def test_bytes_sort_by_number_also_beyond_32_bits(model, tied_folder):
    plan = final_plan(tied_folder)
    sizes = [5_000_000_000, 999, 70_000, 2**31]
    tensors = [replace(t, byte_count=size) for t, size in zip(plan.tensors, sizes, strict=False)]
    model.set_plan(replace(plan, tensors=tuple(tensors)))
    model.sort(TITLES.index("File size"))
    assert column(model, "File size", SortRole) == sorted(sizes)
    model.sort(TITLES.index("File size"), DESCENDING)
    assert column(model, "File size", SortRole) == sorted(sizes, reverse=True)
    model.sort(PLAN_ORDER)
    assert column(model, "File size", SortRole) == sizes


def test_names_sort_as_people_count(model, tied_folder):
    model.set_plan(big_plan(tied_folder, 300))
    model.sort(TITLES.index("GGUF name"))
    layers = [int(name.split(".")[1]) for name in column(model, "GGUF name")]
    assert layers == sorted(layers)
    assert max(layers) > 10
    assert natural_key("layers.2.b") < natural_key("layers.10.a")


def test_another_type_changes_cells_and_nothing_else(model, tied_folder):
    model.set_plan(final_plan(tied_folder))
    kept = QPersistentModelIndex(model.index(3, 0))
    signals = Signals(model)
    model.set_plan(final_plan(tied_folder, output_type=OutputType.F16))
    assert [name for name, *_ in signals.told] == ["dataChanged"]
    assert kept.row() == 3
    assert cell(model, 0, "Type") == "F16"


def test_the_same_plan_again_tells_nothing(model, tied_folder):
    plan = final_plan(tied_folder)
    model.set_plan(plan)
    signals = Signals(model)
    model.set_plan(plan)
    assert not signals.told


def test_the_comparison_changes_only_the_reason(model, copied_folder):
    model.set_plan(provisional_plan(copied_folder))
    last = model.rowCount() - 1
    assert "being compared" in cell(model, last, "What happens")
    signals = Signals(model)
    model.set_plan(final_plan(copied_folder))
    assert signals.told == [("dataChanged", last, last)]


def test_a_head_that_is_written_after_all_moves_alone(model, changed_folder):
    model.set_plan(provisional_plan(changed_folder))
    last = model.rowCount() - 1
    signals = Signals(model)
    plan = final_plan(changed_folder)
    model.set_plan(plan)
    place = [t.name for t in plan.tensors].index("output.weight")
    assert signals.told == [("rowsRemoved", last, last), ("rowsInserted", place, place)]
    assert column(model, "GGUF name") == [t.name for t in plan.tensors]
    model.set_plan(final_plan(changed_folder, head=HeadChoice.SHARE))
    assert column(model, "Source name")[-1] == HEAD


def test_sorted_rows_change_places_with_their_selection(model, tied_folder):
    plan = final_plan(tied_folder)
    model.set_plan(plan)
    model.sort(TITLES.index("File size"))
    kept = QPersistentModelIndex(model.index(column(model, "GGUF name").index("token_embd.weight"), 0))
    smaller = replace(plan.tensors[0], byte_count=1, type=GGMLQuantizationType.Q4_0)
    model.set_plan(replace(plan, tensors=(smaller, *plan.tensors[1:])))
    assert cell(model, 0, "GGUF name") == "token_embd.weight"
    assert kept.row() == 0


def test_another_model_begins_anew(model, tied_folder, copied_folder):
    model.set_plan(final_plan(tied_folder))
    signals = Signals(model)
    model.set_plan(final_plan(copied_folder))
    model.set_plan(None)
    model.set_plan(None)
    assert signals.told == [("modelReset",), ("modelReset",)]
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
    assert [cell(model, 0, title) for title in ("Source name", "Dtype", "Size")] == ["config.json", "–", "–"]
    assert cell(model, 0, "What happens") == "computed"
    assert cell(model, 0, "Source name", Qt.ItemDataRole.ToolTipRole) == "<qt>config.json</qt>"


def test_experts_are_one_row(model, tied_folder):
    plan = final_plan(tied_folder)
    first = plan.tensors[0]
    experts = tuple(replace(first.sources[0], name=f"layers.0.experts.{i}.up.weight") for i in range(3))
    model.set_plan(replace(plan, tensors=(replace(first, sources=experts),), dropped=()))
    assert cell(model, 0, "Source name") == "layers.0.experts.{0…2}.up.weight"
    assert cell(model, 0, "Shape").startswith("3 × ")
    assert cell(model, 0, "Size", SortRole) == 3 * experts[0].byte_count
    assert cell(model, 0, "What happens") == "stacked"
