"""The sentence at the top, the way out that it names, and the line about the model."""

from dataclasses import replace

import pytest
from gguf import GGMLQuantizationType

from app.core.checkpoint import open_checkpoint
from app.core.describe.model_line import model_line, parameters_in_words
from app.core.describe.readiness import State, outcome, readiness
from app.core.findings import blocker, warning
from app.core.ggml_types import OutputType
from app.core.plan import HeadChoice, PlanOptions
from app.core.plan.types.tensor_choices import TensorChoice
from app.core.remedies import ChooseType
from tests.core.describe.folders import all_plans, stored_folder
from tests.planning import make_plan

O = OutputType  # noqa: E741 - short, as in the other tests


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    return stored_folder(tmp_path_factory.mktemp("ready") / "4", "4")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return stored_folder(tmp_path_factory.mktemp("ready") / "bf16", "bfloat16")


def test_nothing_is_lost(tied_folder):
    plans = all_plans(tied_folder)
    assert readiness(plans[O.AUTO], plans).sentence == "Ready. Nothing will be lost."
    assert readiness(plans[O.Q8_0], plans).sentence == "Ready. Hardly anything will be lost."
    close = readiness(plans[O.IQ4_NL], plans)
    assert close.sentence == "Ready. Close to the original, as usual for IQ4_NL."
    assert close.state is State.READY


def test_a_warning_is_not_passed_over(tied_folder):
    plans = all_plans(tied_folder)
    found = readiness(replace(plans[O.AUTO], findings=(warning("any", "Something."),)), plans)
    assert found.sentence == "Ready. The weights keep their values."
    assert found.detail == "There is 1 note to read."


def test_a_second_loss_names_the_way_out(packed):
    plans = all_plans(packed)
    found = readiness(plans[O.Q4_K_M], plans)
    assert found.sentence == "Ready. Quality is lost a second time: Best match keeps the values."
    assert found.remedies == (ChooseType(O.AUTO),)
    assert found.code == "quantized-twice"
    assert found.state is State.LOSES


def test_no_way_out_is_named_that_would_change_nothing(packed):
    choices = (TensorChoice("blk.0.attn_v.weight", GGMLQuantizationType.Q8_0),)
    plans = all_plans(packed, PlanOptions(tensor_types=choices))
    found = readiness(plans[O.Q4_K_M], plans)
    assert found.remedies == ()
    assert found.detail == "Types chosen for single tensors come first."


def test_a_head_that_is_given_up_is_lost(changed_folder):
    plans = all_plans(changed_folder, PlanOptions(head=HeadChoice.SHARE))
    found = readiness(plans[O.AUTO], plans)
    assert found.state is State.LOSES
    assert found.sentence == "Ready. The model's own output layer will be lost."
    assert found.code == "lm-head-untied"


def test_what_stops_in_few_words(tied_folder):
    plans = all_plans(tied_folder)
    way = ChooseType(O.F16)
    stops = blocker("no-tokenizer", "The folder has none.", "", "Copy it.", remedies=(way,))
    found = readiness(replace(plans[O.AUTO], findings=(stops,)), plans)
    assert (found.state, found.sentence, found.detail, found.remedies) == (
        State.STOPPED,
        "Cannot convert: no tokenizer.",
        "Copy it.",
        (way,),
    )
    assert found.code == "no-tokenizer"
    found = readiness(replace(plans[O.AUTO], findings=(blocker("rare", "It is strange."),)), plans)
    assert (found.sentence, found.code) == ("Cannot convert: It is strange.", "rare")


def test_what_is_written_is_told_as_what_has_been(packed, plain, tied_folder, changed_folder):
    def came_of(kind, folder, options=None):
        plans = all_plans(folder, options)
        found = readiness(plans[kind], plans)
        made = outcome(found)
        assert replace(made, sentence=found.sentence) == found
        return made.sentence

    assert came_of(O.AUTO, tied_folder) == "Converted. Nothing was lost."
    assert came_of(O.Q8_0, tied_folder) == "Converted. Hardly anything was lost."
    assert came_of(O.IQ4_NL, tied_folder) == "Converted. Close to the original, as usual for IQ4_NL."
    assert came_of(O.Q2_K, plain) == "Converted. A noticeable loss, as usual for Q2_K."
    assert came_of(O.Q4_K_M, packed) == "Converted. Quality was lost a second time: Best match keeps the values."
    given_up = came_of(O.AUTO, changed_folder, PlanOptions(head=HeadChoice.SHARE))
    assert given_up == "Converted. The model's own output layer was lost."


def test_what_was_only_noticed_while_converting_comes_first(tied_folder):
    plans = all_plans(tied_folder)
    found = outcome(readiness(plans[O.AUTO], plans), [warning("fine-tune-lost", "Only half of it is there.")])
    assert (found.state, found.code) == (State.LOSES, "fine-tune-lost")
    assert (found.sentence, found.detail) == (
        "Converted. Part of the fine-tune was lost.",
        "Only half of it is there.",
    )


def test_nothing_is_claimed_before_the_look(copied_folder):
    plan = make_plan(open_checkpoint(copied_folder))
    assert readiness(plan, {}).sentence == "Looking at the weights…"


def test_a_model_in_one_line(packed, copied_folder):
    checkpoint = open_checkpoint(packed)
    line = model_line(checkpoint, make_plan(checkpoint))
    assert line.startswith("Gemma 3 · 1.")
    assert " M · 4-bit · " in line
    checkpoint = open_checkpoint(copied_folder)
    (plan,) = [all_plans(copied_folder)[O.AUTO]]
    assert plan.value_count < checkpoint.parameter_count
    assert plan.value_count == sum(
        tensor.element_count for tensor in checkpoint.tensors if tensor.name != "lm_head.weight"
    )


@pytest.mark.parametrize(
    ("count", "said"),
    [(900, "1 K"), (268_098_176, "268 M"), (1_235_814_400, "1.2 B"), (999_600_000, "1.0 B"), (70_553_706_496, "71 B")],
)
def test_counts_as_models_are_named(count, said):
    assert parameters_in_words(count) == said
