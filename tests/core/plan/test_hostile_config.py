"""Whatever config.json holds, a plan comes out of it, and says by a finding what is wrong."""

import math
import time
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.architectures import ARCHITECTURES, Layout, find_architecture
from app.core.checkpoint import Checkpoint
from app.core.describe.plan_json import plan_data
from app.core.describe.summary import what_happens
from app.core.findings import Severity
from app.core.plan import PlanOptions
from tests.core.plan.in_memory import checkpoint, family_checkpoint
from tests.damage import JUNK
from tests.expect_finding import expect_finding
from tests.golden.family_models import FamilyModel, family_models
from tests.planning import make_plan
from tests.python_words import in_python

MODELS = {model.name: model for model in family_models()}
ONE_OF_EACH_TYPE = sorted({model.config["model_type"]: name for name, model in MODELS.items()}.values())
CHECKPOINTS: dict[str, Checkpoint] = {}
SECONDS = 20  # for one plan on a busy machine; a list as long as a hostile number would take hours


def model_checkpoint(name) -> Checkpoint:
    if name not in CHECKPOINTS:
        model = MODELS[name]
        family = find_architecture(model.config["model_type"], model.config)
        assert family is not None
        CHECKPOINTS[name] = family_checkpoint(family, model)
    return CHECKPOINTS[name]


def settings_of(name):
    """Names of all settings that may matter to the model's family: its config's, nested ones too, and the defaults."""
    config = MODELS[name].config
    family = find_architecture(config["model_type"], config)
    assert family is not None
    nested = config.get("text_config") or {}
    names = {*config, *nested, *family.defaults, *(name for row in family.all_metadata for name in row.names)}
    names |= {requirement.name for requirement in family.all_requirements} | {"rope_scaling", "rope_parameters"}
    return sorted(names - {"model_type", "text_config"})


def plan_with(name, changes):
    """The plan, which must be whole enough to be shown and printed."""
    original = model_checkpoint(name)
    config = dict(original.config)
    place = {**config["text_config"]} if isinstance(config.get("text_config"), dict) else config
    place |= changes
    if place is not config:
        config["text_config"] = place
    started = time.monotonic()
    plan = make_plan(checkpoint(original.tensors, config))
    assert in_python(plan.findings) == []
    assert time.monotonic() - started < SECONDS
    assert plan_data(plan)["tensors"] == plan_data(plan)["tensors"]
    assert all(map(what_happens, plan.tensors))
    return plan


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("layout", list(Layout))
def test_without_changes_nothing_stops_the_plan(name, layout):
    model = MODELS[name]
    family = find_architecture(model.config["model_type"], model.config)
    assert family is not None
    plan = make_plan(family_checkpoint(family, model, layout), PlanOptions())
    is_refused = layout is Layout.HUGGING_FACE and not family.converts_huggingface
    codes = {finding.code for finding in plan.blockers} - {"lm-head-missing"}  # heads are optional, and left out here
    assert codes == ({"published-layout"} if is_refused else set())
    assert plan.layout is layout


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=15)
@given(data=st.data())
def test_junk_never_breaks_a_plan(name, data):
    changes = data.draw(st.dictionaries(st.sampled_from(settings_of(name)), JUNK, min_size=1, max_size=3))
    plan = plan_with(name, changes)
    assert plan.tensors or plan.blockers


OLDER_NAMES = {  # configurations of GPT-2, DBRX, OpenELM and Mamba 2
    "num_hidden_layers": ("n_layer", "num_transformer_layers"),
    "hidden_size": ("n_embd", "d_model", "model_dim"),
    "num_attention_heads": ("n_head", "n_heads", "num_query_heads", "num_heads"),
}


def spelled(name, setting):
    return next((older for older in OLDER_NAMES[setting] if older in MODELS[name].config), setting)


@pytest.mark.parametrize("name", ONE_OF_EACH_TYPE)
def test_an_impossible_number_of_layers_stops_the_plan_at_once(name):
    for value in (10**12, 10**400, -1, 0, 1.5, "6", [6], {"a": 6}, math.nan, True, 513):
        assert plan_with(name, {spelled(name, "num_hidden_layers"): value}).blockers, value


SIZES = [
    (name, spelled(name, setting)) for name in ONE_OF_EACH_TYPE for setting in ("hidden_size", "num_attention_heads")
]


@pytest.mark.parametrize(("name", "setting"), [size for size in SIZES if size[1] in settings_of(size[0])])
def test_impossible_sizes_stop_the_plan(name, setting):
    for value in (10**12, 10**400, -1, 1.5, "6", [6], {"a": 6}, math.nan, 0):
        assert plan_with(name, {setting: value}).blockers, value


EMPTY: tuple[dict[str, object], ...] = ({}, {"text_config": 5}, {"text_config": {}}, {"rope_parameters": {"a": []}})


@pytest.mark.parametrize(("family", "config"), list(zip(ARCHITECTURES, cycle(EMPTY), strict=False)))
def test_an_empty_folder_gets_a_plan_that_stops(family, config):
    plan = make_plan(checkpoint([], {"model_type": family.model_types[0], **config}))
    assert plan.blockers
    assert all(finding.severity is Severity.BLOCKER for finding in plan.blockers)


@pytest.mark.parametrize(
    ("name", "changes"),
    [("llama", {"head_dim": 33}), ("qwen3_5", {"linear_num_key_heads": 3, "linear_num_value_heads": 4})],
)
def test_heads_that_cannot_be_divided_stop_the_plan(name, changes):
    """The weights fit the numbers, but reordering would lose rows."""
    model = FamilyModel(name)
    config = {**model.config, **changes}
    if isinstance(config.get("text_config"), dict):
        config = {**model.config, "text_config": {**model.config["text_config"], **changes}}
    family = find_architecture(config["model_type"], config)
    assert family is not None
    plan = make_plan(family_checkpoint(family, model, config=config))
    expect_finding(plan.findings, "bad-config", Severity.BLOCKER, "config.json")
