"""mlx-lm itself says which settings count: those called harmless change no number, those warned of or refused do."""

import json
from collections import defaultdict
from functools import cache

import numpy as np
import pytest

from app.core.architectures import find_architecture
from tests.core.architectures.harmless_settings import EVERYWHERE
from tests.core.architectures.mlx_lm_args import args_classes
from tests.core.architectures.settings_that_count import counting_in_mlx_lm
from tests.core.architectures.unknown_settings import known_of, table
from tests.golden.family_models import FamilyModel, family_models, save_published
from tests.golden.variations import changed, text_of

TEXT = [1, 2, 3, 4, 5, 6, 7, 8]
ROPE = "rope_traditional"


@cache
def models_by_family():
    """The tiny models of each family."""
    found = defaultdict[str, list[FamilyModel]](list)
    for model in family_models():
        found[family_of(model).name].append(model)
    return found


def family_of(model):
    family = find_architecture(model.config["model_type"], model.config)
    assert family is not None
    return family


def read_by_mlx_lm(family, model):
    args = args_classes(family).get(model.config["model_type"])
    return {} if args is None else counting_in_mlx_lm(args)


def others_of(family, model):
    return read_by_mlx_lm(family, model).keys() - known_of(family) - EVERYWHERE


def other_values(value):
    if value is None:
        return [True, 2]
    if isinstance(value, bool):
        return [not value]
    if not isinstance(value, int | float):
        return []
    return [value * 3, value / 3 if isinstance(value, float) else max(1, value // 2)]


def logits(folder, config):
    """What mlx-lm computes; None where it does not load the weights, because others would belong to these settings."""
    import mlx.core as mx
    from mlx_lm.utils import load_model

    (folder / "config.json").write_text(json.dumps(config))
    try:
        model, _ = load_model(folder)
    except ValueError:
        return None
    model.set_dtype(mx.float32)
    return np.array(model(mx.array([TEXT])).astype(mx.float32))


@pytest.mark.parametrize("family_name", models_by_family())
def test_what_is_called_harmless_changes_nothing(family_name, tmp_path):
    """Seen at the family's first tiny model whose module in mlx-lm reads such a setting, if one does."""
    for model in models_by_family()[family_name]:
        family = family_of(model)
        harmless = others_of(family, model) - table().get(family_name, {}).keys()
        if harmless:
            break
    else:
        return
    defaults = read_by_mlx_lm(family, model)
    folder = save_published(model, tmp_path / "model")
    usual = logits(folder, model.config)
    assert usual is not None
    for name in harmless:
        for value in other_values(text_of(model.config).get(name, defaults[name])):
            found = logits(folder, changed(model.config, {name: value}))
            assert found is None or np.array_equal(found, usual), (name, value)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("gemma3n", {"altup_coef_clip": 0.001}),
        ("falcon_mamba", {"mixer_rms_eps": 0.1}),
        ("phimoe", {"router_jitter_noise": 0.5}),
        ("llama", {ROPE: True}),
        ("phi3", {ROPE: True}),
        ("minicpm", {ROPE: True}),
        ("glm4", {ROPE: False}),
        ("youtu_llm", {ROPE: False}),
    ],
)
def test_what_is_warned_of_or_refused_counts(name, changes, tmp_path):
    model = FamilyModel(name)
    folder = save_published(model, tmp_path / "model")
    usual, other = logits(folder, model.config), logits(folder, changed(model.config, changes))
    assert usual is not None
    assert other is not None
    assert np.abs(other - usual).max() > 1e-3
