"""What keys are multiplied by where config.json asks for another attention scale than llama.cpp's."""

import math

import pytest

from app.core.architectures import Layer
from app.core.architectures.attention_scale import AttentionScale
from app.core.architectures.ops import NOTHING, AddConstant, Scale, on_values

SCALE = AttentionScale(layers_of_27b=46)
GEMMA_2B = {"num_hidden_layers": 26, "hidden_size": 2304, "num_attention_heads": 8, "head_dim": 256}
GEMMA_27B = {"num_hidden_layers": 46, "hidden_size": 4608, "num_attention_heads": 32, "head_dim": 128}


def on_keys(config, **settings):
    return SCALE.alone(Layer({**config, **settings}, {}))


def test_what_llama_cpp_has_built_in_changes_nothing():
    assert on_keys(GEMMA_2B) == on_keys(GEMMA_2B, query_pre_attn_scalar=None) == NOTHING
    assert on_keys(GEMMA_2B, query_pre_attn_scalar=256) == on_keys(GEMMA_27B, query_pre_attn_scalar=144) == NOTHING
    assert SCALE.requirement.fits({**GEMMA_27B, "query_pre_attn_scalar": 144.0})


def test_another_scale_is_made_up_for():
    assert on_keys(GEMMA_2B, query_pre_attn_scalar=224) == on_values(Scale(math.sqrt(256 / 224)))
    assert on_keys(GEMMA_27B, query_pre_attn_scalar=128) == on_values(Scale(math.sqrt(144 / 128)))
    assert not SCALE.requirement.fits({**GEMMA_2B, "query_pre_attn_scalar": 224})


def test_it_comes_after_what_norms_need():
    layer = Layer({**GEMMA_2B, "query_pre_attn_scalar": 64}, {})
    assert SCALE.after(on_values(AddConstant(1.0)), layer) == on_values(AddConstant(1.0), Scale(2.0))


@pytest.mark.parametrize("value", [0, -1, True, "256", [256], float("nan")])
def test_what_is_no_number_above_zero_is_refused(value):
    with pytest.raises(ValueError, match="is not a usable number"):
        on_keys(GEMMA_2B, query_pre_attn_scalar=value)
