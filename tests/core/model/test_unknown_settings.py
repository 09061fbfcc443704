"""A setting that counts and that a family does not know is a warning; a harmless value, or none, is not."""

import pytest

from app.core.architectures import ARCHITECTURES, find_architecture
from app.core.architectures.normalize_config import normalize_config
from app.core.model.identify import identify
from app.core.model.unknown_settings import unknown_settings
from app.core.plan.prepared import Prepared
from tests.core.plan.in_memory import family_checkpoint
from tests.expect_finding import WARNING, expect_finding
from tests.golden.family_models import FamilyModel, family_models
from tests.golden.variations import changed


def found(name, changes):
    config = changed(FamilyModel(name).config, changes)
    family = find_architecture(config["model_type"], config)
    assert family is not None
    return unknown_settings(family, normalize_config(config, family.defaults))


@pytest.mark.parametrize("model", [*family_models(), *family_models(is_rounded=True)], ids=lambda model: model.name)
def test_a_model_as_published_has_none(model):
    assert found(model.name, {}) == ()


def test_all_of_a_folder_make_one_finding():
    finding = expect_finding(
        found("gemma3n", {"altup_coef_clip": 0.5, "per_layer_config": {"1": {"hidden_size": 64}}}),
        "unknown-setting",
        WARNING,
        "altup_coef_clip",
    )
    assert finding.what == (
        "config.json has 2 settings that MLX Ferry does not know for Gemma 3n: altup_coef_clip = 0.5, "
        "per_layer_config = {'1': {'hidden_size': 64}}."
    )


@pytest.mark.parametrize("value", [120.0, 120, None])
def test_a_value_that_changes_nothing_is_harmless(value):
    assert found("gemma3n", {"altup_coef_clip": value}) == ()


@pytest.mark.parametrize("value", [False, 0, None, {}])
def test_what_is_off_is_off_by_any_name(value):
    assert found("smollm3", {"use_sliding_window": value}) == ()
    assert found("smollm3", {"use_sliding_window": True})


def test_another_name_of_a_known_setting_must_say_the_same():
    same = FamilyModel("gpt2").config["n_embd"]
    assert found("gpt2", {"hidden_size": same}) == ()
    assert found("gpt2", {"hidden_size": same + 1})


def test_what_counts_for_nothing_is_never_mentioned():
    settings = {"attention_dropout": 0.5, "initializer_range": 1.0, "use_cache": False, "output_attentions": True}
    unheard_of = {"router_aux_loss_coef": 3.0, "pad_token_id": 7, "vision_config": {"depth": 3}, "my_note": "x"}
    assert found("mixtral", {**settings, **unheard_of}) == ()


def test_the_plan_says_so():
    model = FamilyModel("gemma3n")
    family = next(one for one in ARCHITECTURES if one.name == "Gemma 3n")
    folder = family_checkpoint(family, model, config=changed(model.config, {"altup_coef_clip": 0.5}))
    expect_finding(Prepared(identify(folder)).plan().findings, "unknown-setting", WARNING, "altup_coef_clip")
