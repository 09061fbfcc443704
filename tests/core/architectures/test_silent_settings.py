"""What counts where config.json is silent, or says two things: what mlx-lm computes with."""

import pytest
from gguf import Keys

from app.core.architectures import find_architecture
from app.core.architectures.normalize_config import normalize_config
from tests.golden.family_models import FamilyModel


def written(name, key, **changes):
    config = FamilyModel(name).config
    config = {**config, **config.get("text_config", {}), **changes}
    config = {name: value for name, value in config.items() if value != "silent" and name != "text_config"}
    family = find_architecture(config["model_type"], config)
    assert family is not None
    unified = normalize_config(config, family.defaults)
    return next(row for row in family.all_metadata if row.key == key).value_of(unified)


def test_gemma_4_caps_its_logits_unless_null_says_otherwise():
    key = Keys.LLM.FINAL_LOGIT_SOFTCAPPING
    assert written("gemma4_text", key, final_logit_softcapping=12.0) == 12.0
    assert written("gemma4_text", key, final_logit_softcapping="silent") == 30.0
    assert written("gemma4_text", key, final_logit_softcapping=None) == 0.0


@pytest.mark.parametrize(
    ("name", "sections"),
    [
        ("qwen2_vl", [16, 24, 24, 0]),
        ("qwen2_5_vl", [16, 24, 24, 0]),
        ("qwen3_vl", [24, 20, 20, 0]),
        ("qwen3_vl_moe", [24, 20, 20, 0]),
        ("qwen3_5", [11, 11, 10, 0]),
        ("qwen3", None),
    ],
)
def test_sections_of_rope_are_those_of_transformers(name, sections):
    key = Keys.Rope.DIMENSION_SECTIONS
    silent = {"model_type": name, "rope_parameters": "silent", "rope_scaling": None}
    assert written(name, key, **silent) == sections
    stated = {**silent, "rope_scaling": {"type": "mrope", "mrope_section": [1, 2, 3]}}
    assert written(name, key, **stated) == [1, 2, 3, 0]


def test_mimo_v2_has_the_window_that_mlx_lm_reads():
    key = Keys.Attention.SLIDING_WINDOW
    assert written("mimo_v2_flash", key, sliding_window=129, sliding_window_size=128) == 128
    assert written("mimo_v2_flash", key, sliding_window=64, sliding_window_size="silent") == 64
