"""Which layers have a tensor."""

import pytest

from app.core.architectures.layers import Layers, each, from_layer, of_kind, where

CONFIG = {
    "num_hidden_layers": 4,
    "dense": 1,
    "step": 2,
    "layer_types": ["full_attention", "sliding_attention", "full_attention", "x"],
    "yes": 3,
    "no": 0,
    "null": None,
}


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (from_layer("dense"), [False, True, True, True]),
        (each("step"), [False, True, False, True]),
        (of_kind("full_attention"), [True, False, True, False]),
        (where("yes"), [True] * 4),
        (where("no"), [False] * 4),
        (where("null"), [False] * 4),
        (where("unsaid"), [False] * 4),
        (Layers(lambda config, layer: layer == config["yes"]), [False, False, False, True]),
    ],
)
def test_layers_and_all_the_rest(layers, expected):
    assert layers.flags(CONFIG) == expected
    assert layers.others.flags(CONFIG) == [not one for one in expected]
    both = [one and number % 2 == 1 for number, one in enumerate(expected)]
    assert (layers & each("step")).flags(CONFIG) == both


def test_a_setting_that_is_missed_is_named():
    with pytest.raises(KeyError, match="dense"):
        from_layer("dense")({}, 0)
