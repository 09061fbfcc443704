"""What is recommended for each kind of folder, what a format costs there, and what is not even offered."""

from dataclasses import replace

import pytest
from gguf import GGMLQuantizationType

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.purpose import Task
from app.core.convert import prepare
from app.core.describe.format_choice import Role
from app.core.describe.format_quality import Quality
from app.core.describe.formats import format_choices
from app.core.ggml_types import OutputType
from app.core.model.fine_tunes import open_fine_tune
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from app.core.plan.types.tensor_choices import TensorChoice
from tests.adapters import save_mlx_adapter
from tests.core.describe.folders import all_plans, stored_folder
from tests.planning import make_plan

O = OutputType  # noqa: E741 - the tables below are one line each
Q, GB = Quality, 1 << 30


@pytest.fixture(scope="module")
def plans_of(tmp_path_factory):
    made = {}

    def plans(how):
        if how not in made:
            made[how] = all_plans(stored_folder(tmp_path_factory.mktemp("formats") / how, how))
        return made[how]

    return plans


def by_type(plans, machine=16 * GB):
    return {one.output_type: one for one in format_choices(plans, machine)}


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("bfloat16", {Role.BEST_MATCH: O.AUTO, Role.NEARLY_PERFECT: O.Q8_0, Role.COMPACT: O.Q4_K_M}),
        ("float16", {Role.BEST_MATCH: O.AUTO, Role.NEARLY_PERFECT: O.Q8_0, Role.COMPACT: O.Q4_K_M}),
        ("float32", {Role.BEST_MATCH: O.AUTO, Role.NEARLY_PERFECT: O.Q8_0, Role.COMPACT: O.Q4_K_M}),
        ("4", {Role.BEST_MATCH: O.AUTO}),  # nothing smaller is any good
        ("8", {Role.BEST_MATCH: O.AUTO, Role.COMPACT: O.Q4_K_M}),
        ("mxfp4", {Role.BEST_MATCH: O.AUTO}),
        ("nvfp4", {Role.BEST_MATCH: O.AUTO, Role.EXACT: O.LOSSLESS, Role.COMPACT: O.Q4_K_M}),
    ],
)
def test_what_is_recommended(plans_of, how, expected):
    choices = format_choices(plans_of(how), 16 * GB)
    assert {one.role: one.output_type for one in choices if one.role} == expected
    assert all(bool(one.reason) is (one.role is not None) for one in choices)


@pytest.mark.parametrize(
    ("how", "qualities"),
    [
        ("bfloat16", {O.AUTO: Q.SAME, O.BF16: Q.SAME, O.F32: Q.NO_BETTER, O.F16: Q.NEARLY_SAME, O.Q2_K: Q.LOSSY}),
        ("bfloat16", {O.Q8_0: Q.NEARLY_SAME, O.Q6_K: Q.CLOSE, O.Q4_K_M: Q.CLOSE, O.Q3_K_M: Q.LOSSY}),
        ("4", {O.AUTO: Q.SAME, O.Q4_K_M: Q.WORSE, O.Q8_0: Q.WORSE, O.Q2_K: Q.TWICE, O.F16: Q.NO_BETTER}),
        ("8", {O.AUTO: Q.NEARLY_SAME, O.LOSSLESS: Q.NEARLY_SAME, O.F32: Q.SAME, O.Q4_K_M: Q.TWICE}),
        ("mxfp4", {O.AUTO: Q.SAME, O.Q4_K_M: Q.WORSE}),
    ],
)
def test_what_each_costs_in_quality(plans_of, how, qualities):
    choices = by_type(plans_of(how))
    assert {kind: choices[kind].quality for kind in qualities} == qualities


@pytest.mark.parametrize(
    ("how", "same"), [("bfloat16", {O.LOSSLESS, O.BF16}), ("4", {O.LOSSLESS}), ("nvfp4", {O.Q8_0})]
)
def test_a_format_that_makes_the_same_file_says_so(plans_of, how, same):
    words = {kind: one.quality_words for kind, one in by_type(plans_of(how)).items()}
    assert {kind for kind, said in words.items() if said == "The same as Best match"} == same


def test_sizes_are_those_of_the_files(plans_of):
    plans = plans_of("4")
    choices = by_type(plans)
    assert all(one.byte_count == plans[kind].byte_count for kind, one in choices.items())
    assert choices[O.Q4_K_M].quality_words == "Larger than Best match, and worse"
    assert choices[O.AUTO].detail == "Q4_1"


def test_where_rows_are_no_whole_k_blocks_others_are_recommended(tied_folder):
    choices = by_type(all_plans(tied_folder))
    assert choices[O.Q4_K_M].types == ("Q5_0", "Q8_0")
    assert choices[O.IQ4_NL].role is Role.COMPACT
    assert choices[O.Q4_K_M].role is None


def test_four_bit_floats_are_offered_where_they_fit(plans_of):
    assert {O.NVFP4, O.MXFP4}.isdisjoint(by_type(plans_of("bfloat16")))
    assert O.NVFP4 in by_type(plans_of("nvfp4"))
    assert O.NVFP4 not in by_type(plans_of("mxfp4"))
    plans = plans_of("bfloat16")
    tensor = plans[O.MXFP4].tensors[1]
    with_experts = replace(plans[O.MXFP4], tensors=(replace(tensor, name="blk.0.ffn_up_exps.weight"),))
    assert O.MXFP4 in by_type({**plans, O.MXFP4: with_experts})


def test_what_is_chosen_is_among_them_even_where_it_is_of_no_use(plans_of):
    plans = plans_of("bfloat16")
    assert O.MXFP4 not in by_type(plans)
    assert O.MXFP4 in {one.output_type for one in format_choices(plans, 16 * GB, O.MXFP4)}


def test_vectors_are_not_made_with_four_bits(plans_of):
    plans = {kind: replace(plan, task=Task.EMBEDDING) for kind, plan in plans_of("bfloat16").items()}
    roles = {one.role: one.output_type for one in format_choices(plans, 16 * GB) if one.role}
    assert roles == {Role.BEST_MATCH: O.AUTO, Role.COMPACT: O.Q8_0}


def test_a_machine_that_is_too_small_gets_what_it_can_run(plans_of):
    plans = {kind: replace(plan, byte_count=plan.byte_count * 10_000) for kind, plan in plans_of("bfloat16").items()}
    need = {kind: one.memory.total for kind, one in by_type(plans).items()}
    machine = round(need[O.Q3_K_M] / 0.8)
    assert need[O.Q4_K_M] > 0.85 * machine
    choices = by_type(plans, machine)
    assert choices[O.Q3_K_M].role is Role.COMPACT
    assert choices[O.Q3_K_M].reason == "Small enough for this machine's memory."


def test_a_type_chosen_for_a_tensor_counts(plans_of, tmp_path):
    choice = TensorChoice("blk.0.ffn_up.weight", GGMLQuantizationType.Q2_K)
    plans = all_plans(stored_folder(tmp_path / "4", "4"), PlanOptions(tensor_types=(choice,)))
    assert by_type(plans)[O.AUTO].quality is Q.TWICE


def test_of_a_provisional_plan_nothing_is_claimed(copied_folder):
    plan = make_plan(open_checkpoint(copied_folder))
    (choice,) = format_choices({O.AUTO: plan}, 16 * GB)
    assert choice.quality is Q.UNKNOWN
    assert choice.quality_words == "Looking at the weights…"


def test_nothing_to_choose_where_nothing_can_be_planned(plans_of):
    plans = {kind: replace(plan, tensors=()) for kind, plan in plans_of("bfloat16").items()}
    assert format_choices(plans, 16 * GB) == ()


def test_a_fine_tune_on_a_packed_folder(tmp_path):
    """Its change is in no block of the folder: the best match is as close as it gets, and nothing smaller is exact."""
    base = stored_folder(tmp_path / "4", "4")
    checkpoint, applied = open_fine_tune(save_mlx_adapter(base, tmp_path / "tuned", layers=2))
    prepared = prepare(identify(checkpoint, applied))
    plans = dict(zip(OutputType, prepared.plans(PlanOptions(), OutputType), strict=True))
    choices = by_type(plans)
    assert choices[O.AUTO].quality is Q.NEARLY_SAME
    assert choices[O.Q4_K_M].quality is Q.TWICE
