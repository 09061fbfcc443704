"""config.json in every dialect is one: nesting, rope settings of transformers 4 and 5, dtypes, defaults."""

import copy

import pytest

from app.core.architectures.normalize_config import normalize_config


def test_the_text_models_settings_are_lifted_and_the_type_stays():
    config = {
        "model_type": "seen",
        "hidden_size": 1,
        "vocab_size": 9,
        "text_config": {"hidden_size": 2, "model_type": "t"},
    }
    unified = normalize_config(config)
    assert (unified["hidden_size"], unified["vocab_size"], unified["model_type"]) == (2, 9, "seen")
    assert "text_config" not in unified


@pytest.mark.parametrize("nested", [None, 5, [], "text"])
def test_a_text_config_that_is_none_is_ignored(nested):
    assert normalize_config({"hidden_size": 1, "text_config": nested})["hidden_size"] == 1


@pytest.mark.parametrize(
    ("config", "dtype"),
    [
        ({"dtype": "bfloat16"}, "bfloat16"),
        ({"torch_dtype": "float16"}, "float16"),
        ({"dtype": "float32", "torch_dtype": "bfloat16"}, "bfloat16"),
    ],
)
def test_dtype_has_two_names(config, dtype):
    assert normalize_config(config)["torch_dtype"] == dtype


@pytest.mark.parametrize(
    ("config", "scaling"),
    [
        ({}, {}),
        ({"rope_scaling": None}, {}),
        ({"rope_scaling": {"rope_type": "default"}}, {}),
        ({"rope_scaling": {"type": "linear", "factor": 2.0}}, {"rope_type": "linear", "factor": 2.0}),
        ({"rope_scaling": {"rope_type": "yarn", "type": "linear"}}, {"rope_type": "yarn"}),
        ({"rope_scaling": {"type": "mrope", "mrope_section": [1, 2, 3]}}, {"mrope_section": [1, 2, 3]}),
        (
            {"rope_parameters": {"rope_type": "yarn", "factor": 4.0, "rope_theta": 5.0}},
            {"rope_type": "yarn", "factor": 4.0},
        ),
        ({"rope_parameters": {"rope_type": "default", "rope_theta": 5.0}}, {}),
        (
            {"rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 8.0}}},
            {"rope_type": "linear", "factor": 8.0},
        ),
        ({"rope_scaling": "linear"}, {"rope_type": "'linear'"}),  # no family knows it
        ({"rope_scaling": [1]}, {"rope_type": "[1]"}),
    ],
)
def test_rope_scaling_has_one_form(config, scaling):
    assert normalize_config(config)["rope_scaling"] == scaling


def test_rope_settings_of_transformers_5_get_their_old_names():
    both = {
        "full_attention": {"rope_type": "default", "rope_theta": 1e6, "partial_rotary_factor": 0.5},
        "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
    }
    unified = normalize_config({"rope_parameters": both})
    assert (unified["rope_theta"], unified["rope_local_base_freq"], unified["partial_rotary_factor"]) == (1e6, 1e4, 0.5)
    assert normalize_config({"rope_theta": 1.0, "rope_parameters": {"rope_theta": 2.0}})["rope_theta"] == 2.0


def test_defaults_fill_what_is_missing_and_functions_also_what_is_null():
    defaults = {"size": 8, "heads": 2, "head": lambda config: config["size"] // config["heads"]}
    assert normalize_config({}, defaults)["head"] == 4
    assert normalize_config({"size": 16, "head": None}, defaults)["head"] == 8
    assert normalize_config({"head": 3}, defaults)["head"] == 3
    assert normalize_config({"size": None, "head": 1}, defaults)["size"] is None


def test_the_arguments_stay_as_they_are():
    config = {"dtype": "a", "text_config": {"rope_parameters": {"rope_theta": 1.0}}, "rope_scaling": {"type": "yarn"}}
    defaults = {"a": [1]}
    before = copy.deepcopy((config, defaults))
    normalize_config(config, defaults)
    assert (config, defaults) == before
