"""What mlx-lm takes where config.json does not say whether the output is tied: asked of its own classes."""

import copy
import re

import pytest

from app.core.architectures import MlxHead, find_architecture
from tests.core.architectures.mlx_lm_args import args_class, required
from tests.golden.family_models import family_models
from tests.golden.variations import SILENT, changed

TIE = "tie_word_embeddings"


def family_of(config):
    family = find_architecture(config["model_type"], config)
    assert family is not None
    return family


def must_say(model):
    return TIE in required(args_class(family_of(model.config), model.config["model_type"]))


MODELS = [model for model in family_models() if "source" in model.data]
SILENT_ONES = [model for model in MODELS if not must_say(model)]


def loads_without_head(config, head):
    """Whether mlx-lm loads a folder of this config.json that has no head, and whether it has a place for one.

    `head` is the pattern of its name.
    """
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_lm.utils import _get_classes

    silent = changed(config, {TIE: SILENT})
    made, args = _get_classes(config)
    saved = made(args.from_dict(copy.deepcopy(silent)))
    names = dict(tree_flatten(saved.parameters()))
    weights = {name: value for name, value in names.items() if not head.search(name)}
    has_place = len(weights) < len(names)
    loaded = made(args.from_dict(copy.deepcopy(silent)))
    weights = loaded.sanitize(weights) if hasattr(loaded, "sanitize") else weights
    try:
        loaded.load_weights([(name, mx.array(value)) for name, value in weights.items()], strict=True)
    except ValueError:
        return False, has_place
    return True, has_place


@pytest.mark.parametrize("model", SILENT_ONES, ids=lambda model: model.name)
def test_a_family_ties_where_mlx_lm_does(model):
    family = family_of(model.config)
    head = re.compile(rf"(^|\.){re.escape(family.lm_head.removesuffix('.weight'))}(\.|$)")
    ties, has_place = loads_without_head(model.config, head)
    assert ties is family.head.ties
    if family.head.mlx is MlxHead.NEVER:
        assert not has_place
    if family.head.mlx is MlxHead.CONFIG:
        assert has_place is not ties  # what it takes for config.json's word, it acts upon
    assert not family.head.unties_as_published or (family.head.mlx is MlxHead.CONFIG and ties)


def test_whose_published_class_takes_a_head_of_its_own():
    from transformers import CONFIG_MAPPING

    ours, theirs = {}, {}
    for model in SILENT_ONES:
        family, model_type = family_of(model.config), model.config["model_type"]
        ties = family.head.ties and family.head.mlx is MlxHead.CONFIG
        if ties and model_type in CONFIG_MAPPING:
            ours[model_type] = family.head.unties_as_published
            theirs[model_type] = not CONFIG_MAPPING[model_type]().tie_word_embeddings
    assert ours == theirs
    assert {"llama", "qwen2", "granite", "jamba", "smollm3"} <= ours.keys()
