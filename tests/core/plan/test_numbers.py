"""Tensors of one number that become lists in the metadata."""

import math

import pytest

from app.core.architectures import find_architecture
from app.core.plan import WeightFacts
from tests.core.plan.in_memory import family_checkpoint
from tests.golden.family_models import FamilyModel
from tests.planning import make_plan

MODEL = FamilyModel("apertus")
FAMILY = find_architecture("apertus", MODEL.config)
NAMES = [
    f"model.layers.{layer}.mlp.act_fn.{name}" for name in ("alpha_n", "alpha_p", "beta", "eps") for layer in (0, 1)
]
NUMBERS = {name: float(number) for number, name in enumerate(NAMES)}


def plan(numbers):
    assert FAMILY is not None
    tied = {**MODEL.config, "tie_word_embeddings": True}
    checkpoint = family_checkpoint(FAMILY, MODEL, config=tied)
    return make_plan(checkpoint, facts=None if numbers is None else WeightFacts(numbers=numbers))


def lists(made):
    return {entry.key: entry.value for entry in made.metadata if entry.key.startswith("xielu.")}


def test_every_key_has_a_number_for_each_layer():
    made = plan(NUMBERS)
    assert not made.blockers
    assert lists(made) == {
        "xielu.alpha_n": (0.0, 1.0),
        "xielu.alpha_p": (2.0, 3.0),
        "xielu.beta": (4.0, 5.0),
        "xielu.eps": (6.0, 7.0),
    }


def test_they_are_no_tensors_of_the_file():
    made = plan(NUMBERS)
    assert not [tensor.name for tensor in made.tensors if "xielu" in tensor.name or "act_fn" in tensor.name]
    assert {one.source.name: one.reason for one in made.dropped}[
        NAMES[0]
    ] == "its value is in the header: xielu.alpha_n"


def test_without_a_look_at_the_weights_the_plan_is_provisional():
    assert lists(plan(None)) == {}
    assert plan(None).is_provisional


@pytest.mark.parametrize("value", [math.nan, -math.inf, 1e30])
def test_what_is_no_number_stops_the_plan(value):
    found = plan({**NUMBERS, NAMES[3]: value}).blockers
    assert [(finding.code, finding.subject) for finding in found] == [("bad-number", NAMES[3])]


def test_what_could_not_be_read_stops_the_plan():
    assert [finding.code for finding in plan({NAMES[0]: 1.0}).blockers] == ["bad-number"] * 7
