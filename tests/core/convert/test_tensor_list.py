"""The list of tensors, read back by Python's own csv and json."""

import csv
import json
from dataclasses import replace

import pytest

from app.core.convert.tensor_list import write_tensor_list
from app.core.encode.kept import Kept
from app.core.errors import TargetError
from tests.tiny_checkpoints import HEAD
from tests.ui.big_plan import final_plan

QUERY = "blk.2.attn_q.weight"


@pytest.fixture
def plan(copied_folder):
    return final_plan(copied_folder)


def test_csv(plan, tmp_path):
    target = tmp_path / "tensors.csv"
    write_tensor_list(target, plan, {QUERY: 0.0125}, {QUERY: Kept(4.0, 3.0, 0.0)})
    with target.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(plan.tensors) + len(plan.dropped)
    (query,) = (row for row in rows if row["name"] == QUERY)
    planned = next(one for one in plan.tensors if one.name == QUERY)
    assert (query["layer"], query["part"], query["type"]) == ("2", "attn_q", "BF16")
    assert query["source"] == planned.source.name
    assert query["shape"] == " x ".join(map(str, planned.shape))
    assert (int(query["byte_count"]), float(query["relative_rmse"])) == (planned.byte_count, 0.0125)
    assert query["fine_tune_kept"] == "0.75"
    (head,) = (row for row in rows if row["source"] == HEAD)
    assert (head["layer"], head["name"], head["byte_count"]) == ("", "", "")
    assert head["reason"].startswith("it equals the embedding")


def test_json(plan, tmp_path):
    target = tmp_path / "tensors.JSON"
    write_tensor_list(target, plan, {QUERY: 0.0125}, {})
    rows = json.loads(target.read_text())
    (query,) = (row for row in rows if row.get("name") == QUERY)
    assert (query["layer"], query["relative_rmse"], query["fine_tune_kept"]) == (2, 0.0125, None)
    assert [row["source"] for row in rows][-1] == HEAD


def test_a_name_is_no_formula(plan, tmp_path):
    (dropped,) = plan.dropped
    evil = replace(dropped, source=replace(dropped.source, name='=HYPERLINK("x")'))
    target = tmp_path / "tensors.csv"
    write_tensor_list(target, replace(plan, dropped=(evil,)), {}, {})
    *_, last = csv.reader(target.read_text().splitlines())
    assert last[2].startswith("'=")


def test_what_is_there_stays_unless_it_may_be_replaced(plan, tmp_path):
    target = tmp_path / "tensors.csv"
    target.write_text("mine")
    with pytest.raises(TargetError):
        write_tensor_list(target, plan, {}, {}, overwrite=False)
    assert target.read_text() == "mine"
