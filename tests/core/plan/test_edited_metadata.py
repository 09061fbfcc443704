"""Keys that describe a model, as a person chose them: typed as the format says, and nothing else may be chosen."""

import pytest
from gguf import GGUFValueType

from app.core.checkpoint import open_checkpoint
from app.core.errors import PlanError
from app.core.plan import PlanOptions
from app.core.plan.header.edited import parse_entry
from tests.planning import make_plan


def keys_of(folder, *written):
    plan = make_plan(open_checkpoint(folder), PlanOptions(metadata=tuple(map(parse_entry, written))))
    return {entry.key: entry for entry in plan.metadata}


def test_texts_lists_and_what_is_made_of_them(tied_folder):
    keys = keys_of(tied_folder, "general.author=Me = myself", "tags=one, two,", "description=größe")
    assert keys["general.author"].value == "Me = myself"
    assert keys["general.author"].type is GGUFValueType.STRING
    assert keys["general.tags"].value == ("one", "two")
    assert (keys["general.tags"].type, keys["general.tags"].item_type) == (GGUFValueType.ARRAY, GGUFValueType.STRING)
    assert keys["general.description"].value == "größe"


def test_a_key_stays_in_its_place_and_one_without_a_value_goes(tied_folder):
    before, after = keys_of(tied_folder), keys_of(tied_folder, "size_label=tiny")
    assert list(before) == list(after)
    assert after["general.size_label"].value == "tiny"
    assert set(before) - set(keys_of(tied_folder, "size_label=")) == {"general.size_label"}


def test_other_models_are_counted(tied_folder):
    keys = keys_of(tied_folder, "base_model.1.repo_url=https://huggingface.co/a/b")
    assert keys["general.base_model.count"].value == 2
    assert keys["general.base_model.count"].type is GGUFValueType.UINT32
    assert "general.dataset.count" not in keys


@pytest.mark.parametrize(
    ("written", "match"),
    [
        ("author", "not of the form"),
        ("=x", "not of the form"),
        ("general.architecture=llama", "not a key that can be chosen"),
        ("general.file_type=1", "not a key that can be chosen"),
        ("general.alignment=64", "not a key that can be chosen"),
        ("general.source.converter=x", "not a key that can be chosen"),
        ("general.base_model.count=1", "not a key that can be chosen"),
        ("base_model.100.name=x", "not a key that can be chosen"),
        ("tokenizer.ggml.model=x", "not a key that can be chosen"),
        ("general.name=x", "no such key"),
        ("author=\udcff", "not text"),
    ],
)
def test_others_are_refused(written, match):
    with pytest.raises(PlanError, match=match) as caught:
        parse_entry(written)
    assert caught.value.hint
