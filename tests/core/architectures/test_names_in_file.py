"""Names in the file, compared with gguf's own map of names where it knows the architecture and the tensor."""

from collections import Counter

import gguf
import pytest

from app.core.architectures import Layout, find_architecture
from app.core.architectures.normalize_config import normalize_config
from app.core.model.config_check import layer_count
from app.core.model.expected_tensors import expected_tensors
from tests.golden.family_models import family_models

ARCHITECTURES = {name: arch for arch, name in gguf.MODEL_ARCH_NAMES.items()}


def bare(name):
    """The map has no endings where a published name has none."""
    return name.removesuffix(".weight").removesuffix(".bias")


def named(model, family):
    """Our name and the map's, of each tensor whose published name it knows and that is not taken apart."""
    config = normalize_config(model.config, family.defaults)
    layers = layer_count(family, config)
    names = gguf.get_tensor_name_map(ARCHITECTURES[family.gguf], layers)
    wanted = [one for one in expected_tensors(family, config, layers, 1000) if not one.rule.key]
    published = Counter(one.form(Layout.HUGGING_FACE).names[0] for one in wanted)
    for one in wanted:
        source = one.form(Layout.HUGGING_FACE).names[0]
        if (known := names.get_name(source, (".weight", ".bias"))) and published[source] == 1:
            yield bare(one.key), bare(known)


def family_of(model):
    return find_architecture(model.config["model_type"], model.config)


KNOWN = [
    model
    for model in family_models()
    if family_of(model).gguf in ARCHITECTURES
    and "names" not in model.data.get("peer", {})  # names that the map lacks: its reference has come through others
]


def test_gguf_knows_most_graphs():
    assert len(KNOWN) > 100


@pytest.mark.parametrize("model", KNOWN, ids=lambda model: model.name)
def test_names_are_those_of_the_map(model):
    pairs = list(named(model, family_of(model)))
    assert len(pairs) > 4
    assert [(ours, theirs) for ours, theirs in pairs if ours != theirs] == []
