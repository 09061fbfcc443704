"""Stacks of gate and up in one: the same bytes as from separate stacks."""

import re
import shutil
from typing import Any

import mlx.core as mx
import pytest
from mlx.utils import tree_flatten
from mlx_lm import utils

from app.core.checkpoint import ModelTensor, open_checkpoint
from app.core.model.identify import identify
from app.core.plan import Prepared
from tests.golden.family_models import FamilyModel, save_mlx, save_published

PACKINGS: list[dict[str, Any] | None] = [None, {"bits": 4, "group_size": 32}]
each_packing = pytest.mark.parametrize("packing", PACKINGS, ids=lambda one: "packed" if one else "plain")


def saved(name, packing, tmp_path):
    return save_mlx(save_published(FamilyModel(name), tmp_path / "published"), tmp_path / "saved", packing)


def arrays_of(folder):
    found: dict[str, Any] = {}
    for path in folder.glob("*.safetensors"):
        arrays = mx.load(str(path))
        assert isinstance(arrays, dict)
        found |= arrays
    return found


def save_as(folder, arrays, like):
    folder.mkdir()
    shutil.copy(like / "config.json", folder)
    mx.save_safetensors(str(folder / "model.safetensors"), arrays, metadata={"format": "mlx"})
    return folder


def fuse(arrays, place):
    """Gate and up of every module at this place in one tensor."""
    for gate in [name for name in arrays if re.search(rf"\.{place}\.gate_proj\.", name)]:
        up = arrays.pop(gate.replace("gate_proj", "up_proj"))
        arrays[gate.replace("gate_proj", "gate_up_proj")] = mx.concatenate([arrays.pop(gate), up], axis=-2)


def planned_bytes(folder):
    """What each tensor of the file is made of: words, scales and biases, one source after the other."""
    plan = Prepared(identify(open_checkpoint(folder))).plan()
    assert [finding.code for finding in plan.blockers] == ["no-tokenizer"]
    return {one.name: (one.type, one.shape, one.method, stored_bytes(one.sources)) for one in plan.tensors}


def stored_bytes(sources: tuple[ModelTensor, ...]):
    parts = zip(*(source.parts for source in sources), strict=True)
    return [b"".join(p.file.path.read_bytes()[p.offset :][: p.byte_count] for p in part) for part in parts]


@each_packing
def test_minimax_m3_in_forms_that_mlx_lm_takes_apart(packing, tmp_path):
    folder = saved("minimax_m3_vl", packing, tmp_path)
    usual = dict(tree_flatten(utils.load_model(folder)[0].parameters()))
    arrays = arrays_of(folder)
    fuse(arrays, "switch_mlp")
    fuse(both := dict(arrays), "shared_experts")
    dense = {re.sub(r"(layers\.0\.)mlp", r"\1block_sparse_moe", name): array for name, array in arrays.items()}
    for number, form in enumerate((arrays, both, dense)):
        other = save_as(tmp_path / str(number), form, folder)
        loaded = dict(tree_flatten(utils.load_model(other)[0].parameters()))
        assert loaded.keys() == usual.keys()
        assert all(mx.array_equal(loaded[name], usual[name]) for name in usual)
        assert planned_bytes(other) == planned_bytes(folder)


@each_packing
def test_laguna_as_mlx_vlm_saves_it(packing, tmp_path):
    folder = saved("laguna", packing, tmp_path)
    fuse(arrays := arrays_of(folder), "switch_mlp")
    assert any("gate_up_proj" in name for name in arrays)
    held = {f"language_model.{name}": array for name, array in arrays.items()}
    assert planned_bytes(save_as(tmp_path / "fused", held, folder)) == planned_bytes(folder)
