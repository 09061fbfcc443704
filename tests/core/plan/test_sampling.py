"""generation_config.json: what a sampler can work with is carried over, anything else is left out and said."""

import json

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert.prepare import prepare_plan
from app.core.plan import PlanOptions
from app.core.plan.header.sampling import SETTINGS, sampling_findings, sampling_values
from tests.expect_finding import NOTE, expect_finding
from tests.planning import make_plan

ODD = [
    -5,
    -0.001,
    1e300,
    -1e300,
    99999999999999,
    10**400,
    float("nan"),
    float("inf"),
    float("-inf"),
    True,
    "1",
    [1],
    {},
]


def test_what_llama_cpp_can_sample_with_is_carried_over():
    given = {"top_k": 64, "top_p": 0.95, "min_p": 0, "temperature": 1, "penalty_repeat": 1.1, "penalty_last_n": -1}
    assert sampling_values(given) == {
        "sampling_top_k": 64,
        "sampling_top_p": 0.95,
        "sampling_min_p": 0,
        "sampling_temp": 1,
        "sampling_penalty_repeat": 1.1,
        "sampling_penalty_last_n": -1,
    }
    assert sampling_findings(given) == ()


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_odd_values_are_left_out_with_a_finding(setting, value, tied_folder, copy_folder):
    folder = copy_folder(tied_folder)
    (folder / "generation_config.json").write_text(json.dumps({setting.name: value}))
    plan = make_plan(open_checkpoint(folder))  # provisional: the vocabulary has no part in this
    assert plan.blockers == ()
    written = [entry.value for entry in plan.metadata if entry.key.startswith("general.sampling")]
    assert written == []
    found = expect_finding(plan.findings, "odd-sampling-setting", NOTE, "generation_config.json")
    assert setting.name in found.what


@pytest.mark.parametrize("ids", [99999999999999, -1, 1e300, float("nan"), [10**30, -2], [[]], "1", True], ids=repr)
@pytest.mark.parametrize("name", ["eos_token_id", "bos_token_id", "pad_token_id"])
def test_odd_token_ids_do_no_harm(name, ids, tied_folder, copy_folder):
    folder = copy_folder(tied_folder)
    (folder / "generation_config.json").write_text(json.dumps({name: ids}))
    usual, plan = (prepare_plan(open_checkpoint(one), PlanOptions()) for one in (tied_folder, folder))
    assert plan.metadata == usual.metadata
