"""config.json may be the text part of a wrapper, of a model type of its own: that is the wrapper's family."""

from dataclasses import replace

import pytest
from transformers import CONFIG_MAPPING

from app.core.architectures import ARCHITECTURES, Layout, find_architecture
from app.core.architectures.unsupported import UNSUPPORTED
from app.core.model.canonical_names import canonical_name
from tests.core.plan.in_memory import family_checkpoint
from tests.golden.family_models import family_models
from tests.planning import make_plan

WRAPPERS = sorted({name for family in ARCHITECTURES for name in family.model_types if name in CONFIG_MAPPING})


def text_type(wrapper):
    """What transformers' class for the wrapper calls its text part, "" where it can be any model."""
    return getattr(CONFIG_MAPPING[wrapper].sub_configs.get("text_config"), "model_type", "")


def families_of(model_type):
    return [family.name for family in ARCHITECTURES if model_type in family.model_types]


WRAPPED = [
    model
    for model in family_models()
    if model.config["model_type"] in WRAPPERS and text_type(model.config["model_type"]) not in ("", *UNSUPPORTED)
]


@pytest.mark.parametrize("wrapper", [name for name in WRAPPERS if text_type(name)])
def test_the_type_of_a_text_part_is_known_to_the_family_of_its_wrapper(wrapper):
    part = text_type(wrapper)
    known = families_of(part)  # EmbeddingGemma has no wrapper, and the type of Gemma 3's text part
    assert (families_of(wrapper) and set(families_of(wrapper)) <= set(known)) or part in UNSUPPORTED


@pytest.mark.parametrize("model", WRAPPED, ids=lambda model: model.name)
@pytest.mark.parametrize("layout", list(Layout))
def test_a_text_part_is_planned_as_its_wrapper_is(model, layout):
    config = model.config
    part = {name: value for name, value in config.items() if name in ("tie_word_embeddings", "vision_config")}
    part |= config.get("text_config", config) | {"model_type": text_type(config["model_type"])}
    wrapper, family = (find_architecture(one["model_type"], one) for one in (config, part))
    assert wrapper is not None
    assert wrapper is family
    found = family_checkpoint(wrapper, model, layout)
    usual = make_plan(found)
    bare = [replace(one, name=canonical_name(family, one.name)) for one in found.tensors]
    plan = make_plan(replace(found, tensors=tuple(bare), config=part))
    assert [codes(one) for one in (plan, usual)] == [codes(usual)] * 2
    assert [(one.name, one.type, one.shape, one.change) for one in plan.tensors] == [
        (one.name, one.type, one.shape, one.change) for one in usual.tensors
    ]
    assert plan.metadata == usual.metadata


def codes(plan):
    return [finding.code for finding in plan.findings if finding.code != "text-only"]
