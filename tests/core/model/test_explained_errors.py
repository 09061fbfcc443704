"""A config.json on which a family's functions fail is told in words, by the name of the setting."""

import math
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from app.core.architectures import ARCHITECTURES, find_architecture
from app.core.findings import Severity
from app.core.model.config_values import CONFIG_ERRORS
from app.core.model.explained_errors import Trail, explained
from app.core.model.identify import Model, identified, identify
from app.core.plan import PlanOptions, Prepared
from app.core.plan.plan_findings import folder_findings
from app.core.text import Text, text
from tests.core.plan.in_memory import checkpoint, family_checkpoint
from tests.core.plan.number_sweep import tiny_model
from tests.engines.filled_configs import by_transformers
from tests.expect_finding import expect_finding
from tests.golden.family_models import FamilyModel
from tests.golden.variations import text_of
from tests.planning import make_plan
from tests.python_words import in_python

MISSING = object()
WRONG: tuple[Any, ...] = (MISSING, "x", [1, "a"], {"a": 1}, True, None, math.nan, -1)
FAMILIES = [(family, model) for family in ARCHITECTURES if (model := tiny_model(family))]


def with_value(config, name, value):
    """config.json, one setting of which is another one, or is missing."""
    place = dict(text_of(config))
    if value is MISSING:
        place.pop(name, None)
    else:
        place[name] = value
    return place if text_of(config) is config else {**config, "text_config": place}


def findings_of(found: Model):
    """What is said of config.json, as long as nothing is changed in a tensor."""
    if not found.is_understood:
        return found.complaints
    try:
        return folder_findings(found, found.sources(found.evidence.layout))
    except CONFIG_ERRORS:
        return Prepared(found).plan(PlanOptions()).findings


@pytest.mark.parametrize(("family", "model"), FAMILIES, ids=[family.name for family, _ in FAMILIES])
def test_whatever_is_missing_or_of_the_wrong_kind_is_told_in_words(family, model):
    sound = family_checkpoint(family, model)
    first, whole = Trail(), Trail()
    model_again = identified(sound, family, first.settings)
    folder_findings(model_again, model_again.sources(model_again.evidence.layout))
    Prepared(identified(sound, family, whole.settings)).plan(PlanOptions())
    settings, in_tensors = text_of(model.config).keys() & first.read.keys(), whole.read.keys() - first.read.keys()
    assert "hidden_size" in settings or len(settings) > 5
    for number, name in enumerate(sorted((*settings, *in_tensors))):
        for value in WRONG[
            number % 3 :: 3
        ]:  # a third of them for each: every one meets every kind of setting somewhere
            config = with_value(model.config, name, value)
            if name in in_tensors:
                found = make_plan(replace(sound, config=config)).findings
            else:
                found = findings_of(identify(checkpoint((), config)))
            assert in_python(found) == [], (name, value)


NOT_SET, IMPOSSIBLE = "config.json cannot be used: {} is not set.", "config.json sets {}, which is impossible."
CASES: list[tuple[str, str, Any, str]] = [
    ("minicpm", "hidden_size", MISSING, NOT_SET.format("hidden_size")),
    ("afmoe", "num_attention_heads", None, NOT_SET.format("num_attention_heads")),
    ("afmoe", "intermediate_size", None, NOT_SET.format("intermediate_size")),
    ("mixtral", "intermediate_size", None, NOT_SET.format("intermediate_size")),
    ("mistral4", "n_shared_experts", None, NOT_SET.format("n_shared_experts")),
    ("step3p5", "num_attention_groups", MISSING, NOT_SET.format("num_attention_groups")),
    ("llama", "hidden_size", "4096", IMPOSSIBLE.format("hidden_size to '4096'")),
    ("deepseek_v2", "num_key_value_heads", {"a": 1}, IMPOSSIBLE.format("num_key_value_heads to {'a': 1}")),
    ("bailing_hybrid", "kv_lora_rank", [1, "a"], IMPOSSIBLE.format("kv_lora_rank to [1, 'a']")),
    ("dots1", "scoring_func", "tanh", IMPOSSIBLE.format("scoring_func to 'tanh'")),
    ("glm4", "partial_rotary_factor", math.nan, IMPOSSIBLE.format("partial_rotary_factor to nan")),
    ("gemma4", "layer_types", -1, IMPOSSIBLE.format("layer_types to -1")),
    ("mimo_v2_flash", "moe_layer_freq", "x", IMPOSSIBLE.format("moe_layer_freq to 'x'")),
    ("step3p5", "swiglu_limits", 7, IMPOSSIBLE.format("swiglu_limits to 7")),
    ("minicpm3", "v_head_dim", True, IMPOSSIBLE.format("v_head_dim to True")),
    ("falcon_h1", "key_multiplier", "1", IMPOSSIBLE.format("key_multiplier to '1'")),
    ("dbrx", "attn_config", "x", IMPOSSIBLE.format("attn_config to 'x'")),
]


@pytest.mark.parametrize(("name", "setting", "value", "sentence"), CASES)
def test_the_setting_is_named(name, setting, value, sentence):
    model = FamilyModel(name)
    family = find_architecture(model.config["model_type"], model.config)
    assert family is not None
    sound = family_checkpoint(family, model)
    plan = make_plan(replace(sound, config=with_value(model.config, setting, value)))
    assert [finding.what for finding in plan.blockers] == [sentence]


def test_step_3_5_as_transformers_5_saves_it():
    config = by_transformers(FamilyModel("step3p5").config)
    name = "num_attention_groups"
    finding = expect_finding(make_plan(checkpoint((), config)).blockers, "bad-config", Severity.BLOCKER, name)
    assert finding.what == NOT_SET.format(name)


def failing(error):
    def again(_trail):
        raise error

    family = ARCHITECTURES[0]
    return explained(error, family, again)


def test_what_we_raise_ourselves_is_said_as_it_is():
    said = failing(ValueError(text("a head has {size} values", size=0))).what
    assert said == "config.json cannot be used: a head has 0 values."
    assert isinstance(said, Text)
    assert isinstance(said.values["reason"], Text)


def test_without_a_trail_something_is_said_all_the_same():
    said = failing(TypeError("unsupported operand type(s) for +: 'int' and 'str'")).what
    assert said == "config.json cannot be used: its settings do not fit together."


def test_a_trail_has_what_was_read_last_at_its_end():
    trail = Trail()
    settings = trail.settings({"a": 1, "b": None, "c": 3, "d": 4})
    assert (settings["c"], settings.get("b"), settings.get("e"), settings["c"]) == (3, None, None, 3)
    with suppress(KeyError):
        settings["f"]
    assert trail.latest() == [("c", 3), ("e", None), ("b", None), ("a", 1), ("d", 4)]
    assert [name for name in "abcdef" if trail.is_null(name)] == ["b"]
