"""How experts are scored: a family knows each name that mlx-lm takes, and those that models are published with."""

import pytest
from gguf import ExpertGatingFuncType, Keys

from app.core.architectures import find_architecture
from app.core.architectures.normalize_config import normalize_config
from app.core.model.config_check import check_config
from app.core.model.config_values import metadata_values
from tests.core.architectures.mlx_lm_args import args_class, taken
from tests.golden.family_models import FamilyModel, family_models
from tests.golden.variations import changed

WORDS = ("scoring_func", "score_func", "topk_method", "router_activation", "expert_selection_fn")
PUBLISHED = [("dots1", {"scoring_func": "noaux_tc"}), ("step3p5", {"scoring_func": "sigmoid"})]
GROUPED = "deepseek_v2-groups"  # a model that says how it chooses among groups


def family_of(config):
    family = find_architecture(config["model_type"], config)
    assert family is not None
    return family


def of_mlx_lm(model):
    """The names that mlx-lm takes where config.json is silent; its dots1.py has one in a tuple."""
    model_type = model.config["model_type"]
    family = family_of(model.config)
    names = {name: value for name, value in taken(args_class(family, model_type)).items() if value}
    return {
        name: value[0] if isinstance(value, tuple) else value
        for name, value in names.items()
        if any(word in name for word in WORDS)
    }


NAMES = [(model.name, of_mlx_lm(model)) for model in family_models() if model.name != GROUPED]


def checked(name, settings):
    """The values of the metadata; nothing may be wrong with them, and no requirement unmet."""
    config = changed(FamilyModel(name).config, settings)
    family = family_of(config)
    config = normalize_config(config, family.defaults)
    values = metadata_values(family, config)
    assert check_config(family, config, values) == ()
    assert [one.name for one in family.all_requirements if not one.fits(config)] == []
    return values


@pytest.mark.parametrize(("name", "settings"), [*((n, s) for n, s in NAMES if s), *PUBLISHED])
def test_a_name_that_mlx_lm_takes_is_known(name, settings):
    checked(name, settings)


def test_dots_is_published_with_another_name_of_sigmoid():
    key = Keys.LLM.EXPERT_GATING_FUNC
    assert checked("dots1", {"scoring_func": "noaux_tc"})[key] == ExpertGatingFuncType.SIGMOID
    assert checked("dots1", {"scoring_func": "sigmoid"})[key] == ExpertGatingFuncType.SIGMOID


def test_a_name_that_nobody_knows_is_refused_with_its_setting():
    config = changed(FamilyModel("dots1").config, {"scoring_func": "tanh"})
    family = family_of(config)
    config = normalize_config(config, family.defaults)
    (finding,) = check_config(family, config, metadata_values(family, config))
    assert finding.what == "config.json sets scoring_func to 'tanh', which is impossible."
