"""What counts where config.json is silent, or says two things: what mlx-lm computes with."""

from gguf import Keys

from app.core.architectures import find_architecture
from app.core.architectures.normalize_config import normalize_config
from app.core.model.config_values import metadata_rows
from tests.golden.family_models import FamilyModel


def written(name, key, **changes):
    config = FamilyModel(name).config
    config = {**config, **config.get("text_config", {}), **changes}
    config = {name: value for name, value in config.items() if value != "silent" and name != "text_config"}
    family = find_architecture(config["model_type"], config)
    assert family is not None
    unified = normalize_config(config, family.defaults)
    return next(row for row in metadata_rows(family) if row.key == key).value_of(unified)


def test_gemma_4_caps_its_logits_unless_null_says_otherwise():
    key = Keys.LLM.FINAL_LOGIT_SOFTCAPPING
    assert written("gemma4_text", key, final_logit_softcapping=12.0) == 12.0
    assert written("gemma4_text", key, final_logit_softcapping="silent") == 30.0
    assert written("gemma4_text", key, final_logit_softcapping=None) == 0.0


def test_mimo_v2_has_the_window_that_mlx_lm_reads():
    key = Keys.Attention.SLIDING_WINDOW
    assert written("mimo_v2_flash", key, sliding_window=129, sliding_window_size=128) == 128
    assert written("mimo_v2_flash", key, sliding_window=64, sliding_window_size="silent") == 64
