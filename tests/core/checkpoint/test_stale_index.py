"""An index that does not fit the files: they count, as in mlx-lm, and what is truly missing is said once."""

import json
import shutil
from typing import Any

import mlx.core as mx
import pytest
from mlx_lm.utils import load_model

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.shard_index import INDEX, is_complete_save
from app.core.convert.prepare import prepare_plan
from app.core.plan import PlanOptions
from tests.core.checkpoint.written_by_hand import entry, write_safetensors
from tests.expect_finding import STOP, WARNING, expect_finding
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.tiny_checkpoints import with_tokenizer

NORM = "model.norm.weight"


def plan_of(folder):
    return prepare_plan(open_checkpoint(folder), PlanOptions())


@pytest.fixture
def shards(sharded_folder, copy_folder):
    """A folder of seven shards with an index that fits."""
    return copy_folder(sharded_folder)


@pytest.fixture
def whole(tied_folder, copy_folder):
    """A folder of one file with the same tensors."""
    return copy_folder(tied_folder)


def edit_index(folder, change):
    index = json.loads((folder / INDEX).read_text())
    change(index["weight_map"])
    (folder / INDEX).write_text(json.dumps(index))


def expect_the_whole_model(folder, expected):
    """mlx-lm loads it, and the plan is that of the usual form, with one finding more."""
    load_model(folder)
    plan, usual = plan_of(folder), plan_of(expected)
    finding = expect_finding(plan.findings, "stale-index", WARNING, INDEX)
    assert [one for one in plan.findings if one != finding] == list(usual.findings)
    assert [(t.name, t.type, t.shape) for t in plan.tensors] == [(t.name, t.type, t.shape) for t in usual.tensors]
    assert plan.can_convert
    return finding


def test_index_of_another_save(shards, whole, sharded_folder):
    """As where a model was quantized and the index of its shards was left: no file that it lists is there."""
    shutil.copy(shards / INDEX, whole)
    finding = expect_the_whole_model(whole, sharded_folder)
    assert "7 that are not there" in finding.what


def test_index_that_puts_tensors_in_more_files_than_there_are(shards, sharded_folder):
    edit_index(shards, lambda where: where.update({NORM: "model-00008-of-00007.safetensors"}))
    expect_the_whole_model(shards, sharded_folder)


def test_index_that_names_a_few_of_the_files(shards, sharded_folder):
    def forget(where):
        for tensor in [name for name, file in where.items() if "-00003-" in file]:
            del where[tensor]

    edit_index(shards, forget)
    assert "leaves out 1 of them" in expect_the_whole_model(shards, sharded_folder).what


def test_rest_in_a_file_under_another_name(shards, sharded_folder):
    (shards / "model-00003-of-00007.safetensors").rename(shards / "model-rest.safetensors")
    expect_the_whole_model(shards, sharded_folder)


@pytest.mark.parametrize("name", ["lm_head.weight", "model.layers.9.mlp.up_proj.weight", "vision_tower.a.weight"])
def test_one_tensor_too_many(shards, sharded_folder, name):
    edit_index(shards, lambda where: where.update({name: where[NORM]}))
    assert name in expect_the_whole_model(shards, sharded_folder).what


def test_a_file_that_is_missing(shards):
    (shards / "model-00003-of-00007.safetensors").unlink()
    findings = plan_of(shards).findings
    assert findings == (expect_finding(findings, "missing-shard", STOP, "model-00003-of-00007.safetensors"),)


def test_files_that_are_missing_beside_a_leftover(shards):
    for number in (3, 4):
        (shards / f"model-0000{number}-of-00007.safetensors").unlink()
    write_safetensors(shards / "model-old.safetensors", {"old.weight": entry()}, 16)
    findings = plan_of(shards).findings
    assert "2 files" in expect_finding(findings, "missing-shard", STOP, "model-00003-of-00007.safetensors").what
    expect_finding(findings, "unnamed-shard", WARNING, "model-old.safetensors")
    assert len(findings) == 2


def test_a_tensor_that_is_missing(whole):
    """The index still has it; mlx-lm would not load the folder either."""
    weights: Any = mx.load(str(whole / "model.safetensors"))
    del weights[NORM]
    mx.save_safetensors(str(whole / "model.safetensors"), weights, {"format": "mlx"})
    with pytest.raises(ValueError, match=NORM):
        load_model(whole)
    findings = plan_of(whole).findings
    expect_finding(findings, "missing-tensor", STOP, NORM)
    expect_finding(findings, "stale-index", WARNING, INDEX)


def test_an_optional_tensor_that_is_missing(tmp_path):
    """A Llama need not have biases. Where the index names one it had it, and computes something else without."""
    name = "model.layers.0.self_attn.q_proj.bias"
    folder = with_tokenizer(save_mlx(save_published(FamilyModel("llama"), tmp_path / "published"), tmp_path / "mlx"))
    assert plan_of(folder).can_convert
    edit_index(folder, lambda where: where.update({name: where[NORM]}))
    expect_finding(plan_of(folder).findings, "missing-tensor", STOP, name)


def test_a_file_of_tensors_that_are_left_out(shards, sharded_folder):
    """mlx-lm leaves the vision part out, too; whoever deleted it needs it no more."""
    edit_index(shards, lambda where: where.update({"vision_tower.a.weight": "model-vision.safetensors"}))
    plan = plan_of(shards)
    expect_finding(plan.findings, "unneeded-shard", WARNING, "model-vision.safetensors")
    assert plan.can_convert
    assert len(plan.tensors) == len(plan_of(sharded_folder).tensors)


def test_a_file_of_which_one_tensor_is_needed(shards):
    lost = {
        "vision_tower.a.weight": "model-more.safetensors",
        "model.layers.0.self_attn.q_proj.bias": "model-more.safetensors",
    }
    edit_index(shards, lambda where: where.update(lost))
    findings = plan_of(shards).findings
    assert findings == (expect_finding(findings, "missing-shard", STOP, "model-more.safetensors"),)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["model.safetensors"], True),
        (["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"], True),
        (["model-00001-of-00002.safetensors"], False),
        (["model-00001-of-00001.safetensors"], True),
        (["model-00000-of-00002.safetensors", "model-00001-of-00002.safetensors"], False),
        (["model-00001-of-00002.safetensors", "model-00002-of-00003.safetensors"], False),
        (["model-00001-of-999999999.safetensors"], False),
        (["model.safetensors", "model-old.safetensors"], False),
        ([], False),
    ],
)
def test_files_of_one_save(names, expected):
    assert is_complete_save(names) is expected
