"""Requirements and rows: what a setting may be, and which of several names counts."""

import json

import pytest

from app.core.architectures.config_rows import U32, ConfigRow, setting
from app.core.architectures.requirements import UNLIMITED_TIME_STEPS, never, one_of, rope_scaling
from app.core.text import text


@pytest.mark.parametrize(
    ("config", "fits"), [({}, 1), ({"a": None}, 1), ({"a": "x"}, 1), ({"a": "z"}, 0), ({"a": []}, 0)]
)
def test_one_of(config, fits):
    requirement = one_of("a", "x", "y")
    assert requirement.fits(config) is bool(fits)
    assert (requirement.name, requirement.only) == ("a", "x or y")


def test_values_that_are_allowed_are_listed():
    assert one_of("a", 1).only == "1"
    assert one_of("a", 1, 2, 3).only == "1, 2 or 3"


@pytest.mark.parametrize(("value", "fits"), [(None, 1), (False, 1), (0, 1), ([], 1), (True, 0), (0.5, 0), ("no", 0)])
def test_never(value, fits):
    assert never("a", text("without a")).fits({"a": value}) is bool(fits)
    assert never("a", text("without a")).fits({})


@pytest.mark.parametrize(
    ("limits", "fits"),
    [
        ("null", 1),
        ("[0.0, Infinity]", 1),
        ("[0, Infinity]", 1),
        ("[0.0, null]", 1),
        ("[null, null]", 1),
        ("[0.0, 1e308]", 1),  # as Nemotron 3 Ultra has it
        ("[0.0, 1e39]", 1),
        ('[0.0, {"__float__": "Infinity"}]', 1),
        ("[0.0, 100.0]", 0),
        ("[0.0, 1e38]", 0),
        ("[0.001, Infinity]", 0),
        ("[0.0, NaN]", 0),
    ],
)
def test_time_steps_without_limits(limits, fits):
    assert UNLIMITED_TIME_STEPS.fits({"time_step_limit": json.loads(limits)}) is bool(fits)
    assert UNLIMITED_TIME_STEPS.fits({})


def test_rope_scaling():
    linear = rope_scaling("linear", "yarn")
    assert all(
        linear.fits({"rope_scaling": scaling}) for scaling in ({}, {"rope_type": "yarn"}, {"mrope_section": [1]})
    )
    assert not linear.fits({"rope_scaling": {"rope_type": "longrope"}})
    assert not rope_scaling().fits({"rope_scaling": {"rope_type": "linear"}})
    assert rope_scaling().fits({"rope_scaling": {"rope_type": "dynamic", "factor": 2.0}})
    assert rope_scaling().only == "rope without scaling"


def test_the_first_name_that_is_set_counts():
    assert setting({"a": None, "b": 0, "c": 1}, "a", "b", "c") == 0
    assert setting({}, "a") is None
    assert ConfigRow("k", U32, ("a", "b")).value_of({"b": 2}) == 2
    assert ConfigRow("k", U32, ("a",), lambda config: config["a"] + 1).value_of({"a": 2}) == 3
