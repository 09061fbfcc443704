"""The scale of yarn and of long rope: ggml has one for each factor, mlx-lm takes others from config.json."""

import math

import pytest
from mlx_lm.models.rope_utils import initialize_rope

from app.core.architectures import find_architecture
from app.core.architectures.normalize_config import normalize_config
from tests.golden.family_models import FamilyModel
from tests.golden.variations import SILENT, changed

YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}
USUAL = [{}, {"mscale": 1.0}, {"mscale": 1, "mscale_all_dim": 0}, {"mscale": None}]
OTHERS = [{"mscale": 0.7}, {"mscale_all_dim": 1.0}, {"mscale": 0.7, "mscale_all_dim": 0.7}]


def odd_settings(name, changes):
    config = changed(FamilyModel(name).config, changes)
    family = find_architecture(config["model_type"], config)
    assert family is not None
    unified = normalize_config(config, family.defaults)
    return {one.name for one in family.all_requirements if one.is_tolerated and not one.fits(unified)}


def scale_in_mlx(scales):
    stated = {name: value for name, value in scales.items() if value is not None}
    return initialize_rope(32, 10000.0, False, {**YARN, **stated}, 256).mscale


@pytest.mark.parametrize("scales", USUAL, ids=str)
def test_the_usual_scale_is_ggmls(scales):
    """ggml.c, rope_yarn: 1 + 0.1 · ln(1 / freq_scale)."""
    assert scale_in_mlx(scales) == pytest.approx(1 + 0.1 * math.log(4.0))
    assert odd_settings("qwen3", {"rope_parameters": {**YARN, "rope_theta": 10000.0, **scales}}) == set()


@pytest.mark.parametrize("scales", OTHERS, ids=str)
def test_any_other_scale_is_a_warning(scales):
    assert scale_in_mlx(scales) != pytest.approx(1 + 0.1 * math.log(4.0))
    assert odd_settings("qwen3", {"rope_parameters": {**YARN, "rope_theta": 10000.0, **scales}}) == {"rope_scaling"}


def test_scales_without_yarn_count_for_nothing():
    scaling = {"rope_type": "linear", "factor": 2.0, "mscale": 0.7, "rope_theta": 10000.0}
    assert odd_settings("qwen3", {"rope_parameters": scaling}) == set()


def test_a_family_that_reads_mscale_says_itself_what_it_can_have():
    scaling = {**YARN, "mscale": 0.7, "mscale_all_dim": 0.7, "rope_theta": 10000.0}
    assert "rope_scaling" not in odd_settings("deepseek_v3", {"rope_parameters": SILENT, "rope_scaling": scaling})


def test_long_ropes_own_scale_is_a_warning():
    """Phi 3.5 MoE is published with 1.243; from the context follows 1.19."""
    factors = {"long_factor": [1.0] * 16, "short_factor": [1.0] * 16, "rope_type": "longrope"}
    context = {"max_position_embeddings": 131072, "original_max_position_embeddings": 4096}
    for scale, found in {1.243163121016122: True, math.sqrt(1 + math.log(32) / math.log(4096)): False}.items():
        scaling = {**factors, "original_max_position_embeddings": 4096, "long_mscale": scale, "rope_theta": 10000.0}
        odd = odd_settings("phimoe", {**context, "rope_parameters": scaling})
        assert ("rope_scaling" in odd) is found
