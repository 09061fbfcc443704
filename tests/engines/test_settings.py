"""Settings that llama.cpp's converter does not carry over: with our files llama.cpp computes what they ask for."""

import pytest

from tests.engines.family_question import expect_same_probabilities
from tests.golden.family_models import FamilyModel

CASES = [
    ("gemma", {"rope_theta": 1e6}),
    ("gemma2", {"rope_theta": 1e6}),
    ("gemma2", {"query_pre_attn_scalar": 24}),
    ("gpt_neox", {"rotary_emb_base": 1000000}),
    ("minicpm3", {"rope_theta": 1e6}),
    ("phi", {"rope_theta": 1e6}),
    ("plamo", {"rope_theta": 1e6}),
    ("stablelm", {"rope_theta": 1e6}),
]


@pytest.mark.parametrize(("name", "changes"), CASES)
def test_same_probabilities(name, changes, engines, tmp_path):
    expect_same_probabilities(FamilyModel(name), engines, tmp_path, changes)


def test_a_head_that_is_the_embedding_with_another_multiplier(engines, tmp_path):
    model = FamilyModel("falcon_h1")
    del model.data["source"]["lm_head.weight"]
    expect_same_probabilities(model, engines, tmp_path, {"tie_word_embeddings": True})
