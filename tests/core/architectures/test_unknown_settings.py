"""resources/unknown_settings.json is what the sources of mlx-lm and transformers say; rope_traditional is refused."""

import pytest

from app.core.architectures import ARCHITECTURES
from app.core.architectures.normalize_config import normalize_config
from app.core.resources import resource_path
from tests.core.architectures.mlx_lm_args import args_classes
from tests.core.architectures.needed_by_mlx_lm import configs_of
from tests.core.architectures.settings_that_count import counting_in_mlx_lm, counting_in_transformers
from tests.core.architectures.unknown_settings import as_json, known_of, table
from tests.golden.variations import changed

ROPE = "rope_traditional"
each_family = pytest.mark.parametrize("family", ARCHITECTURES, ids=lambda family: family.name)


def family_named(name):
    return next(family for family in ARCHITECTURES if family.name == name)


def test_the_table_is_what_mlx_lm_and_transformers_read():
    assert resource_path("unknown_settings.json").read_text(encoding="utf-8") == as_json(table())


def test_what_the_families_functions_ask_for_is_known():
    known = known_of(family_named("Nemotron-H"))
    assert {"num_hidden_layers", "layers_block_type", "mamba_head_dim", "conv_kernel"} <= known
    assert "altup_coef_clip" not in known


def test_settings_are_found_where_modules_read_them():
    gemma = family_named("Gemma 3n")
    assert {"altup_coef_clip", "laurel_rank"} <= counting_in_mlx_lm(args_classes(gemma)["gemma3n"]).keys()
    assert counting_in_transformers("gpt_oss")["swiglu_alpha"] == 1.702
    assert {"num_hidden_layers", "moe_norm_min"} <= counting_in_transformers("ernie4_5_moe").keys()
    assert "max_window_layers" not in counting_in_transformers("mixtral")


@each_family
def test_rope_of_the_other_kind_is_refused_where_mlx_lm_computes_it(family):
    for args in args_classes(family).values():
        default = counting_in_mlx_lm(args).get(ROPE)
        if default is None:
            continue
        for config in configs_of(family):
            assert ROPE not in refused(family, changed(config, {ROPE: default}))
            assert ROPE in refused(family, changed(config, {ROPE: not default}))


def refused(family, config):
    unified = normalize_config(config, family.defaults)
    return {one.name for one in family.all_requirements if not one.fits(unified)}
