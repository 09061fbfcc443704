"""One rule for settings that stand both at the top of config.json and in its text_config."""

import copy

import pytest

from app.core.checkpoint.text_config import text_settings


def both(name, top, nested):
    return text_settings({name: top, "text_config": {name: nested}})[name]


@pytest.mark.parametrize("nested", [2, None])
def test_the_text_models_settings_replace_those_at_the_top(nested):
    assert both("hidden_size", 1, nested) == nested


@pytest.mark.parametrize("name", ["eos_token_id", "pad_token_id", "quantization", "quantization_config", "model_type"])
def test_what_is_looked_for_at_the_top_first(name):
    assert both(name, 1, 2) == 1
    assert both(name, None, 2) == 2
    assert text_settings({"text_config": {name: 2}})[name] == 2


def test_the_inner_type_has_a_name_of_its_own():
    settings = text_settings({"model_type": "seen", "text_config": {"model_type": "read"}})
    assert settings == {"model_type": "seen", "text_model_type": "read"}


@pytest.mark.parametrize("nested", [None, 5, [], "text"])
def test_what_is_no_object_is_absent(nested):
    assert text_settings({"hidden_size": 1, "text_config": nested}) == {"hidden_size": 1}


def test_the_argument_stays_as_it_is():
    config = {"eos_token_id": 1, "text_config": {"eos_token_id": 2, "hidden_size": 3}}
    before = copy.deepcopy(config)
    text_settings(config)
    assert config == before
