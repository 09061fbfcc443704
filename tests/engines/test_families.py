"""A tiny model of every family computes in llama.cpp what it computes in mlx-lm."""

import pytest

from tests.engines.family_question import expect_same_probabilities
from tests.golden.family_models import family_models

MODELS = {model.name: model for model in family_models()}


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if not model.engines.get("skip")])
def test_same_probabilities(name, engines, tmp_path):
    expect_same_probabilities(MODELS[name], engines, tmp_path)
