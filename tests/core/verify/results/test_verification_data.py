"""A verification as JSON: all of it, in stable names, in English, in digits on which machines agree."""

import json
import math
from dataclasses import fields, replace

import pytest

from app.core.describe.plan_json import as_json
from app.core.verify.results.report import VerificationReport
from app.core.verify.results.verification_data import verification_data
from tests.core.verify.made_reports import distributions, empty_report, hostile_report, weights, whole_report


@pytest.mark.parametrize("make", [whole_report, empty_report, hostile_report])
def test_is_json_and_nothing_else(make):
    raw = as_json(verification_data(make()))
    assert as_json(json.loads(raw, parse_constant=pytest.fail)) == raw


def test_says_everything():
    """A field that is new must be told; the first three tell two of them together."""
    names = {one.name for one in fields(VerificationReport)} - {"sha256", "kept", "header", "plan"}
    data = verification_data(whole_report())
    assert {*data} == names | {"settings", "is_good", "fine_tune_kept", "fine_tune_noise"}
    assert data["file"] == {"name": "tiny-gemma-Q8_0.gguf", "sha256": "0123456789abcdef" * 4}
    assert (data["verdict"], data["is_good"], data["limits"]) == ("close", True, {"close": 0.02, "degraded": 0.2})
    assert (data["fine_tune_kept"], data["fine_tune_noise"]) == (0.98, 0.02)
    assert data["versions"]["mlx-lm"] == "0.32.2"


def test_types_are_those_of_json():
    """A Text is a str, as it is elsewhere."""

    def kinds(value):
        if isinstance(value, dict):
            return {type(key) for key in value}.union(*map(kinds, value.values()))
        if isinstance(value, list):
            return set().union(*map(kinds, value))
        return {str if isinstance(value, str) else type(value)}

    assert kinds(verification_data(whole_report())) <= {str, int, float, bool, type(None)}


def test_figures_have_four_digits():
    data = verification_data(whole_report())["distributions"]
    assert data["figures"]["rms_delta_p"] == {"value": 0.01235, "error": 0.001235}
    first = distributions().passages[0].positions[0]
    assert data["passages"][0]["positions"][0] == {
        "token": 0,
        "kld": float(f"{first.divergence:.4g}"),
        "same_top": True,
        "log_probability_by_folder": float(f"{first.by_folder:.4g}"),
        "log_probability_by_file": -2.5,
    }
    assert [len(passage["positions"]) for passage in data["passages"]] == [60, 60, 60]


def test_answers_say_where_they_part():
    answers = verification_data(whole_report())["answers"]
    assert [one["first_difference"] for one in answers] == [9, None, 7, 0]
    assert answers[0]["by_folder"][0] == {
        "id": sum(map(ord, "The")),
        "piece": "The",
        "log_probability": -0.8916,
        "second_log_probability": -0.9416,
    }


def test_what_was_not_done():
    data = verification_data(empty_report())
    assert [data[step] for step in ("weights", "vocabulary", "distributions", "answers")] == [None] * 4
    assert data["skipped"][0] == {"step": "weights", "reason": "There is too little memory."}
    assert data["fine_tune_kept"] is None


def test_a_missing_tensor_has_no_finite_error():
    data = verification_data(replace(empty_report(), weights=weights("it is not in the file")))
    assert data["weights"]["tensors"]["blk.0.attn_q.weight"]["relative_rmse"] == math.inf
