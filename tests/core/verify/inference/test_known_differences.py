"""What is said to be computed differently is just what the two engines were seen to compute differently."""

import pytest

from app.core.architectures import find_architecture
from app.core.model.identify import identify
from app.core.verify.inference.known_differences import KNOWN, known_difference
from tests.core.plan.in_memory import family_checkpoint
from tests.engines.family_question import PROMPT
from tests.golden.family_models import FamilyModel, family_models
from tests.golden.variations import changed

# They agree about the settings that a test takes out, or differ by less than a real model shows
NO_DIFFERENCE = {"exaone", "qwen", "gemma3n", "gpt_oss"}
MODELS = {model.name: model for model in family_models()}
DIFFERENT = [name for name, model in MODELS.items() if "because" in model.engines and name not in NO_DIFFERENCE]


def difference(model: FamilyModel, changes=None):
    config = changed(model.config, changes or {})
    family = find_architecture(config["model_type"], config)
    assert family is not None
    model.data["config"] = config
    return known_difference(identify(family_checkpoint(family, model)), len(PROMPT))


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_model_that_the_engines_compute_differently(name):
    assert difference(FamilyModel(name))
    how = MODELS[name].engines
    if not how.get("skip"):
        assert difference(FamilyModel(name), how["set"]) is None


@pytest.mark.parametrize("name", sorted(MODELS.keys() - DIFFERENT))
def test_any_other_model(name):
    assert difference(FamilyModel(name)) is None


def test_every_entry_is_of_a_model_that_was_seen():
    graphs = set()
    for name in DIFFERENT:
        family = find_architecture(MODELS[name].config["model_type"], MODELS[name].config)
        assert family is not None
        graphs.add(family.gguf)
    assert graphs == KNOWN.keys()
