"""No default of ours stands for a setting that mlx-lm requires; where mlx-lm has another default, ours has a source."""

import json
from functools import cache

import pytest
from transformers import CONFIG_MAPPING

from app.core.architectures import ARCHITECTURES
from app.core.findings import Severity
from app.core.model.identify import identify
from app.core.model.needed_settings import OTHER_NAMES, missing_settings, needed_settings
from app.core.resources import resource_path
from tests.core.architectures.mlx_lm_args import args_classes, required, taken
from tests.core.architectures.needed_by_mlx_lm import configs_of, needed_of, without
from tests.core.plan.in_memory import checkpoint
from tests.expect_finding import expect_finding
from tests.golden.family_models import FamilyModel

AS_MLX_LM = "follows from other settings where config.json says null; the published class does the same"
HEADS = {"num_key_value_heads": AS_MLX_LM}
PIXTRAL = {
    "num_key_value_heads": "Mistral's configuration class, which these wrap",
    "max_position_embeddings": "Mistral's configuration class, which these wrap",
}
# Ours are not mlx-lm's here, nor those of the class in transformers
OTHERS = {
    "AFMoE": HEADS,
    "Cohere 2": {**HEADS, "head_dim": AS_MLX_LM},
    "Command R": HEADS,
    "DeepSeek MoE": HEADS,
    "dots.llm1": {"scoring_func": "mlx-lm's default is a tuple by mistake; it computes sigmoid"},
    "Falcon-H1": {
        "head_dim": AS_MLX_LM,
        "rope_theta": "FalconH1Config of transformers 4, with which the models were published",
    },
    "Gemma 4": {
        "global_head_dim": AS_MLX_LM,
        "partial_rotary_factor": "mlx-lm models/gemma4_text.py, rope_parameters of full attention",
    },
    "InternLM 2": {"max_position_embeddings": "InternLM2Config, beside the published models"},
    "Laguna": {"partial_rotary_factor": "mlx-lm models/laguna.py, rope_parameters of full attention"},
    "LLaVA": PIXTRAL,
    "Nanbeige": {"max_position_embeddings": "NanbeigeConfig, beside the published models"},
    "Pixtral": PIXTRAL,
    "Qwen": dict.fromkeys(
        ("hidden_size", "intermediate_size", "num_attention_heads", "num_hidden_layers"),
        "QWenConfig, beside the published models; mlx-lm has the numbers of the smallest",
    ),
    "XVERSE": {"max_position_embeddings": "XverseConfig, beside the published models"},
}
each_family = pytest.mark.parametrize("family", ARCHITECTURES, ids=lambda family: family.name)


@cache
def published(model_type):
    """What the configuration class in transformers has, where there is one."""
    if model_type not in CONFIG_MAPPING:
        return {}
    settings = CONFIG_MAPPING[model_type]().get_text_config().to_dict()
    return {**settings, **(settings.get("rope_parameters") or {})}


@each_family
def test_no_default_for_what_mlx_lm_requires(family):
    for args in args_classes(family).values():
        named = {name for name, value in family.defaults.items() if not callable(value)}
        assert named & required(args) == set()


@each_family
def test_another_default_than_mlx_lms_has_a_source(family):
    others = set()
    for args in args_classes(family).values():
        theirs = taken(args)
        for name, value in family.defaults.items():
            is_theirs = name not in theirs or theirs[name] == value or (callable(value) and theirs[name] is None)
            classes = [published(model_type) for model_type in family.model_types]
            is_published = not callable(value) and any(name in one and one[name] == value for one in classes)
            others |= set() if is_theirs or is_published else {name}
    assert others == set(OTHERS.get(family.name, {}))


def test_the_table_is_what_mlx_lms_classes_say():
    table = {family.name: needed for family in ARCHITECTURES if (needed := needed_of(family))}
    assert json.loads(resource_path("needed_settings.json").read_text(encoding="utf-8")) == table


@each_family
def test_each_setting_that_is_left_out_is_refused_by_name(family):
    for config in configs_of(family):
        assert missing_settings(family, config) == ()
        rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
        said = {**config, **config.get("text_config", {}), **rope}.keys()
        for name in needed_settings().get(family.name, ()):
            if said.isdisjoint(OTHER_NAMES.get(name, ())):
                found = missing_settings(family, without(config, name))
                assert [finding.subject for finding in found] == [name]


def test_the_finding_names_config_json_and_the_setting():
    config = without(FamilyModel("qwen3").config, "hidden_size")
    model = identify(checkpoint([], config))
    finding = expect_finding(model.complaints, "bad-config", Severity.BLOCKER, "hidden_size")
    assert finding.what == "config.json cannot be used: hidden_size is not set."
    assert not model.is_understood


def test_null_is_a_value_and_other_spellings_will_do():
    qwen, moe = (next(f for f in ARCHITECTURES if f.name == name) for name in ("Qwen 3", "Qwen 3 MoE"))
    config = FamilyModel("qwen3").config
    assert missing_settings(qwen, {**config, "tie_word_embeddings": None}) == ()
    config = without(without(FamilyModel("qwen3_moe").config, "num_experts"), "num_local_experts")
    assert missing_settings(moe, config)
    assert missing_settings(moe, {**config, "num_local_experts": 4}) == ()
    neox = next(f for f in ARCHITECTURES if f.name == "GPT-NeoX")
    config = FamilyModel("gpt_neox").config
    for name in ("rotary_pct", "partial_rotary_factor", "rotary_emb_base", "rope_theta"):
        config = without(config, name)
    again = {**config, "rope_parameters": {"rope_theta": 10000.0, "partial_rotary_factor": 0.25}}
    assert len(missing_settings(neox, config)) == 2
    assert missing_settings(neox, again) == ()


def test_the_longest_generated_length_is_no_context():
    llama = next(family for family in ARCHITECTURES if family.name == "Qwen 3")
    config = without(FamilyModel("qwen3").config, "max_position_embeddings")
    assert missing_settings(llama, {**config, "max_length": 20})
