"""The folder's tensors by the names of their family: found, left out with a reason, or unknown."""

from dataclasses import replace

import pytest

from app.core.architectures import Layout
from app.core.architectures.families.deepseek2 import DEEPSEEK3
from app.core.architectures.families.llama import LLAMA, MIXTRAL
from app.core.model.source_tensors import INCOMPLETE, find_tensor, source_tensors
from app.core.plan.sources import summarize
from app.core.text import text
from tests.core.plan.in_memory import checkpoint, family_checkpoint, tensor, wanted
from tests.golden.family_models import FamilyModel

MLX, HUGGING_FACE = Layout
WRAPPED = replace(LLAMA, dropped={"sight.": text("it sees"), "more_sight.": text("it sees too")})


def sorted_out(family, names, layout=MLX, model="llama", **config):
    config = {**FamilyModel(model).config, **config}
    folder = checkpoint([tensor(name, 8) for name in names], config)
    return source_tensors(folder, family, config, wanted(family, config), layout)


def test_every_tensor_is_found_left_out_or_unknown():
    names = [
        "model.norm.weight",
        "sight.a",
        "model.more_sight.b",
        "model.strange",
        "model.layers.0.self_attn.rotary_emb.inv_freq",
    ]
    found = sorted_out(WRAPPED, names)
    assert [one.name for sources in found.found.values() for one in sources.named] == ["model.norm.weight"]
    assert [(one.name, reason) for one, reason in found.dropped][:2] == [
        ("sight.a", "it sees"),
        ("model.more_sight.b", "it sees too"),
    ]
    assert found.dropped[2][0].name.endswith("inv_freq")
    assert [one.name for one in found.unknown] == ["model.strange"]


def test_layers_after_the_last_one_predict_further_tokens():
    names = [f"model.layers.{layer}.strange" for layer in (1, 2, 3, 4)]
    found = sorted_out(LLAMA, names, num_hidden_layers=2, num_nextn_predict_layers=2)
    assert [one.name for one, _ in found.dropped] == names[1:3]
    assert [one.name for one in found.unknown] == [names[0], names[3]]
    assert sorted_out(LLAMA, names, num_hidden_layers=2).dropped == ()


def test_experts_are_found_only_when_all_are_there():
    model = FamilyModel("mixtral")
    folder = family_checkpoint(MIXTRAL, model, HUGGING_FACE)
    rules = wanted(MIXTRAL, model.config)
    key = next(one.key for one in rules if len(one.form(HUGGING_FACE).names) > 1)
    count = model.config["num_local_experts"]
    found = source_tensors(folder, MIXTRAL, model.config, rules, HUGGING_FACE)
    assert found.unknown == ()
    names = [one.name for one in found.found[key].named]
    assert names == [names[0].replace(".0.w", f".{expert}.w") for expert in range(count)]
    fewer = replace(folder, tensors=tuple(one for one in folder.tensors if one.name != names[1]))
    found = source_tensors(fewer, MIXTRAL, model.config, rules, HUGGING_FACE)
    assert key not in found.found
    assert (found.missing, found.unknown) == ((names[1],), ())
    assert [one.name for one, reason in found.dropped if reason == INCOMPLETE] == [names[0], *names[2:]]


@pytest.mark.parametrize("layout", list(Layout))
def test_of_experts_that_are_not_all_there_those_that_lack_are_missing(layout):
    folder, rules = family_checkpoint(MIXTRAL, FamilyModel("mixtral"), HUGGING_FACE), mixtral()
    name = "model.layers.1.block_sparse_moe.experts.2.w1.weight"
    fewer = replace(folder, tensors=tuple(one for one in folder.tensors if one.name != name))
    assert source_tensors(fewer, MIXTRAL, FamilyModel("mixtral").config, rules, layout).missing == (name,)


@pytest.mark.parametrize("layout", list(Layout))
def test_what_is_missing_is_named_as_it_is_in_other_layers(layout):
    model = FamilyModel("deepseek_v3")
    config, rules = model.config, wanted(DEEPSEEK3, model.config)
    ends, missing = (".kv_b_proj.weight", ".embed_q.weight", ".unembed_out.weight"), {}
    for order in Layout:
        folder = family_checkpoint(DEEPSEEK3, model, order)
        fewer = [
            one for one in folder.tensors if not (one.name.startswith("model.layers.1.") and one.name.endswith(ends))
        ]
        found = source_tensors(replace(folder, tensors=tuple(fewer)), DEEPSEEK3, config, rules, layout)
        missing[order] = [name.removeprefix("model.layers.1.self_attn") for name in found.missing]
    assert missing == {HUGGING_FACE: [*ends[:1]], MLX: [*ends[1:]]}


@pytest.mark.parametrize("layout", list(Layout))
def test_names_decide_whatever_the_layout(layout):
    model = FamilyModel("mixtral")
    for order in Layout:
        folder = family_checkpoint(MIXTRAL, model, order)
        found = source_tensors(folder, MIXTRAL, model.config, mixtral(), layout)
        assert (found.missing, found.unknown) == ((), ())
        assert {held.is_usual for held in found.found.values()} == ({True} if order is layout else {True, False})


def test_of_two_forms_that_are_both_there_the_layouts_is_read():
    model = FamilyModel("mixtral")
    folders = [family_checkpoint(MIXTRAL, model, layout) for layout in Layout]
    both = replace(folders[0], tensors=tuple({one.name: one for f in folders for one in f.tensors}.values()))
    for layout in Layout:
        found = source_tensors(both, MIXTRAL, model.config, mixtral(), layout)
        assert all(held.is_usual for held in found.found.values())
        assert found.unknown


def mixtral():
    return wanted(MIXTRAL, FamilyModel("mixtral").config)


def test_of_two_tensors_with_one_canonical_name_the_first_counts_and_the_other_is_unknown():
    found = sorted_out(WRAPPED, ["model.norm.weight", "language_model.model.norm.weight"])
    assert [one.name for one in found.found["output_norm.weight"].named] == ["model.norm.weight"]
    assert [one.name for one in found.unknown] == ["language_model.model.norm.weight"]


def test_a_tensor_is_found_by_its_published_name_in_either_layout():
    rule = replace(LLAMA.all_tensors[0], saved="model.other.weight")
    family = replace(WRAPPED, parts=(), tensors=(rule, *LLAMA.all_tensors[1:]))
    for name in (rule.name, "model.other.weight", "language_model.model.other.weight"):
        found = find_tensor(checkpoint([tensor("a", 1), tensor(name, 2, 2)]), family, rule.name)
        assert found is not None
        assert found.name == name
    assert find_tensor(checkpoint([tensor("a", 1)]), family, rule.name) is None


def test_many_sources_are_shown_as_one():
    experts = tuple(tensor(f"layers.0.experts.{i}.w1.weight", 4, 8) for i in range(3))
    shown = summarize(experts, (3, 4, 8))
    assert (shown.name, shown.shape) == ("layers.0.experts.{0…2}.w1.weight", (3, 4, 8))
    assert (shown.element_count, shown.dtype) == (96, "BF16")
    assert summarize(experts[:1], (4, 8)) is experts[0]
    computed = summarize((), (16,))
    assert (computed.name, computed.byte_count) == ("config.json", 0)
