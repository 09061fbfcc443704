"""Llama 3's slowed-down frequencies, against the published formula in float64."""

import math

import numpy as np
import pytest

from app.core.architectures.families.llama import LLAMA
from app.core.architectures.normalize_config import normalize_config
from app.core.architectures.rope_factors import llama3_factors
from tests.core.plan.in_memory import checkpoint, family_checkpoint
from tests.golden.family_models import FamilyModel
from tests.planning import make_plan

LLAMA_3_1 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}


def factors(scaling, **config):
    return llama3_factors({"hidden_size": 4096, "num_attention_heads": 32, "rope_scaling": scaling, **config})


def published(theta, size, factor, low, high, context):
    """transformers modeling_rope_utils.py, _compute_llama3_parameters: how much slower each frequency becomes."""
    result = []
    for pair in range(size // 2):
        frequency = theta ** -(2 * pair / size)
        wavelength = 2 * math.pi / frequency
        if wavelength < context / high:
            result.append(1.0)
        elif wavelength > context / low:
            result.append(factor)
        else:
            smooth = (context / wavelength - low) / (high - low)
            result.append(1 / ((1 - smooth) / factor + smooth))
    return result


@pytest.mark.parametrize(
    ("theta", "size", "factor"), [(500000.0, 128, 8.0), (500000.0, 64, 32.0), (10000.0, 128, 2.5), (1e6, 256, 8.0)]
)
def test_factors_are_the_published_ones(theta, size, factor):
    found = factors({**LLAMA_3_1, "factor": factor}, rope_theta=theta, head_dim=size)
    expected = published(theta, size, factor, 1.0, 4.0, 8192)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert found[0] == 1.0
    assert found[-1] == factor
    assert len({1.0 < value < factor for value in found}) == 2  # some lie between


def test_the_context_that_mlx_lm_and_transformers_disagree_about_must_be_said():
    silent = {key: value for key, value in LLAMA_3_1.items() if key != "original_max_position_embeddings"}
    long = {**LLAMA_3_1, "original_max_position_embeddings": 131072}
    known = factors(silent, rope_theta=500000.0, max_position_embeddings=4096, original_max_position_embeddings=131072)
    assert known == factors(long, rope_theta=500000.0) != factors(silent, rope_theta=500000.0)
    assert factors(silent, max_position_embeddings=8192) == factors(LLAMA_3_1)
    with pytest.raises(ValueError, match="mlx-lm assumes 8192, transformers 131072"):
        factors(silent, max_position_embeddings=131072)


def test_what_is_not_said_is_taken_from_llama_3():
    assert factors({"rope_type": "llama3"}, rope_theta=500000.0) == factors(LLAMA_3_1, rope_theta=500000.0)
    assert factors(LLAMA_3_1) == factors(LLAMA_3_1, rope_theta=10000.0)


@pytest.mark.parametrize("scaling", [{}, {"rope_type": "linear", "factor": 2.0}, {"rope_type": "yarn"}])
def test_other_kinds_have_none(scaling):
    assert factors(scaling) == ()


def test_a_head_of_any_length_costs_nothing():
    with pytest.raises(ValueError, match="a head has"):
        factors(LLAMA_3_1, head_dim=1 << 30)


@pytest.mark.parametrize(
    "change",
    [
        {"factor": math.nan},
        {"factor": math.inf},
        {"factor": "8"},
        {"factor": 1e39},
        {"low_freq_factor": 0},
        {"high_freq_factor": 0},
        {"original_max_position_embeddings": []},
    ],
)
def test_factors_that_are_no_numbers_stop_the_plan(change):
    model = FamilyModel("llama3")
    scaling = {**normalize_config(model.config)["rope_scaling"], **change}
    config = {**model.config, "rope_scaling": scaling}
    config.pop("rope_parameters", None)
    tensors = family_checkpoint(LLAMA, model).tensors
    (finding,) = make_plan(checkpoint(tensors, config)).blockers
    assert finding.code in ("bad-config", "bad-config-value")
    assert "rope_scaling" in finding.what


def test_a_negative_base_stops_the_plan():
    model = FamilyModel("llama3")
    config = {**model.config, "rope_theta": -2.0, "rope_scaling": normalize_config(model.config)["rope_scaling"]}
    config.pop("rope_parameters", None)
    plan = make_plan(checkpoint(family_checkpoint(LLAMA, model).tensors, config))
    assert plan.blockers
