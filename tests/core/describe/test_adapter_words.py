"""Adapters in plain words: what was trained, where, and what it does to a tensor."""

from dataclasses import replace

import pytest

from app.core.describe.adapter_words import adapter_data, adapter_rows
from app.core.describe.fine_tuned import fine_tuned, update_words
from app.core.describe.summary import what_happens
from app.core.model.fine_tunes import AdapterChoice, open_fine_tune
from app.core.model.identify import identify
from app.core.plan import Prepared
from tests.adapters import save_mlx_adapter


def opened(adapter, strength=1.0):
    base, _ = open_fine_tune(adapter)
    applied = open_fine_tune(base.folder, [AdapterChoice(adapter, strength)])[1]
    return applied[0], Prepared(identify(base, applied)).plan()


def words(adapter):
    return {str(title): str(said) for title, said in adapter_rows(*opened(adapter))}


@pytest.fixture(scope="module")
def lora(tied_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapters") / "lora"
    return save_mlx_adapter(tied_folder, folder, keys=["self_attn.v_proj", "self_attn.q_proj"], layers=2)


def test_a_lora(lora, tied_folder):
    applied, _ = opened(lora)
    said = words(lora)
    assert said["Method"] == "LoRA, rank 4, scale 20"
    assert said["Changes"] == "2 of 6 layers: q_proj, v_proj"
    assert said["Trained on"] == str(tied_folder)
    count = sum(one.a.byte_count + one.b.byte_count for one in applied.adapter.modules) // 4  # float32
    assert said["Parameters"] == f"{count:,} trained"
    data = adapter_data(applied)
    assert (data["layers"], data["modules"]) == ([4, 5], ["q_proj", "v_proj"])
    assert (data["parameter_count"], data["base"]) == (count, str(tied_folder))


def test_other_methods(tied_folder, tmp_path):
    dora = words(save_mlx_adapter(tied_folder, tmp_path / "dora", "dora"))
    assert dora["Method"] == "DoRA, rank 4, scale 20"
    assert dora["Changes"].startswith("all 6 layers: down_proj, gate_proj, k_proj, ")
    full = words(save_mlx_adapter(tied_folder, tmp_path / "full", "full", layers=1))
    assert full["Method"] == "full: whole tensors were trained"
    assert full["Changes"].startswith("1 of 6 layers: down_proj, ")
    assert full["Changes"].endswith(", …")


def test_different_ranks_and_scales_and_what_is_in_no_layer(lora):
    applied, plan = opened(lora)
    first, *others = applied.adapter.modules
    modules = (replace(first, module="lm_head", rank=16, scale=2.0), *others)
    rows = dict(adapter_rows(replace(applied, adapter=replace(applied.adapter, modules=modules)), plan))
    assert rows["Method"] == "LoRA, ranks 4 to 16, scales 2 to 20"
    assert rows["Changes"].endswith("q_proj, v_proj; lm_head")


def test_words_for_a_tensor(lora, tied_folder, tmp_path):
    _, plan = opened(lora, strength=0.5)
    tensors = {one.name: one for one in plan.tensors}
    touched = tensors["blk.5.attn_q.weight"]
    assert what_happens(touched) == "fine-tuned, rank 4"
    assert update_words(touched) == ["LoRA: rank 4, scale 10"]
    untouched = tensors["blk.0.attn_q.weight"]
    assert what_happens(untouched) == "copied"
    assert not fine_tuned(untouched)
    assert not update_words(untouched)
    _, plan = opened(save_mlx_adapter(tied_folder, tmp_path / "full", "full"))
    norm = next(one for one in plan.tensors if one.name == "blk.0.attn_norm.weight")
    assert what_happens(norm) == "fine-tuned, +1, as F32"
    assert update_words(norm) == ["All values come from the adapter"]
