"""Numbers of config.json: what each type of a key can hold, and how many there can be of what is counted."""

import math
from dataclasses import replace
from unittest.mock import Mock

import pytest
from gguf import GGUFValueType, Keys

from app.core.architectures import ARCHITECTURES, ConfigRow, find_architecture
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.families.llama import MIXTRAL
from app.core.architectures.normalize_config import normalize_config
from app.core.findings import Severity
from app.core.model.config_check import check_config, check_numbers, layer_count
from app.core.model.config_values import metadata_values
from app.core.model.needed_keys import needed_keys
from tests.expect_finding import expect_finding
from tests.golden.family_models import FamilyModel, family_models
from tests.golden.variations import changed

BARE = replace(MIXTRAL, parts=(), tensors=MIXTRAL.all_tensors, sizes=lambda *_: {})  # rows alone
LAYERS = ConfigRow(Keys.LLM.BLOCK_COUNT, GGUFValueType.UINT32, ("num_hidden_layers", "n_layer"))
TYPES = GGUFValueType


def checked(family, config):
    return check_config(family, config, metadata_values(family, config))


def complaints(kind, value, key="{arch}.a", made=False):
    row = ConfigRow(key, kind, ("a",), (lambda config: config["a"]) if made else None)
    return checked(replace(BARE, metadata=(LAYERS, row)), {"num_hidden_layers": 2, "a": value})


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (TYPES.UINT32, (0, 1, (1 << 32) - 1), (-1, 1 << 32, 1.0, True, "1", {}, [], [1], math.nan)),
        (TYPES.INT32, (0, -(1 << 31), (1 << 31) - 1), (1 << 31, -(1 << 31) - 1, 1.0, False, "1", [1])),
        (TYPES.FLOAT32, (0, 1, -1.5, 1e37, 1e-320), (1e38, math.nan, math.inf, True, "1.0", [1.0], 10**400)),
        (TYPES.BOOL, (True, False), (0, 1, "true", [True])),
        (TYPES.STRING, ("", "yarn"), (1, ["yarn"], {})),
    ],
)
def test_values_must_fit_their_type(kind, good, bad):
    assert [value for value in good if complaints(kind, value)] == []
    for value in bad:
        try:
            (finding,) = complaints(kind, value)
        except OverflowError:  # make_plan says so
            continue
        expect_finding([finding], "bad-config-value", Severity.BLOCKER, "a")


def test_null_and_what_is_missing_write_no_key():
    assert complaints(TYPES.UINT32, None) == ()
    assert checked(replace(BARE, metadata=(LAYERS,)), {"n_layer": 2}) == ()


def test_lists_come_from_functions_or_where_each_layer_may_have_its_own_number():
    assert complaints(TYPES.UINT32, [1, 2], Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, made=True) == ()
    assert complaints(TYPES.UINT32, [1, 2], Keys.LLM.FEED_FORWARD_LENGTH) == ()
    assert complaints(TYPES.UINT32, [1, 2], Keys.LLM.EXPERT_FEED_FORWARD_LENGTH)
    assert complaints(TYPES.UINT32, [1, 2], Keys.LLM.EMBEDDING_LENGTH)
    assert complaints(TYPES.UINT32, [1, "2"], Keys.LLM.FEED_FORWARD_LENGTH, made=True)
    assert complaints(TYPES.BOOL, [True] * 100_000, Keys.Attention.SLIDING_WINDOW_PATTERN, made=True)


def test_lists_only_where_llama_cpp_reads_one():
    assert complaints(TYPES.FLOAT32, [1.0, 1.0], Keys.LLM.SWIGLU_CLAMP_EXP, made=True) == ()
    assert complaints(TYPES.FLOAT32, [1.0, 1.0], Keys.LLM.RESIDUAL_SCALE, made=True)
    assert complaints(TYPES.FLOAT32, [1.0, 1.0], Keys.Rope.SCALING_FACTOR, made=True)
    assert complaints(TYPES.UINT32, [1, 2], made=True)


@pytest.mark.parametrize(
    "key", [Keys.LLM.FEED_FORWARD_LENGTH, Keys.LLM.EXPERT_USED_COUNT, Keys.Attention.HEAD_COUNT_KV]
)
@pytest.mark.parametrize("numbers", [[], [1], [1, 1, 1]])
def test_lists_with_a_number_for_each_layer_are_as_long_as_there_are_layers(key, numbers):
    expect_finding(complaints(TYPES.UINT32, numbers, key, made=True), "bad-config-value", Severity.BLOCKER, "a")


@pytest.mark.parametrize("name", ["hidden_size", "max_position_embeddings", "rms_norm_eps"])
def test_what_llama_cpp_cannot_do_without(name):
    config: dict[str, object] = {"num_hidden_layers": 2, "hidden_size": 8, "max_position_embeddings": 8}
    config |= {"num_attention_heads": 1, "head_dim": 8, "rope_scaling": {}, "rms_norm_eps": 1e-5}
    family = replace(BARE, metadata=DECODER_METADATA)
    assert checked(family, config) == ()
    finding = expect_finding(checked(family, {**config, name: None}), "bad-config", Severity.BLOCKER, "config.json")
    assert name in finding.what


@pytest.mark.parametrize("model", family_models(), ids=lambda model: model.name)
def test_every_file_that_llama_cpp_loads_has_what_its_graph_needs(model):
    keys = model.reference["keys"]
    graph = next(key for key in keys if key.endswith(".block_count")).split(".")[0]
    assert {key.format(arch=graph) for key in needed_keys()[graph]} <= keys.keys()


@pytest.mark.parametrize("family", ARCHITECTURES, ids=lambda family: family.name)
def test_what_each_graph_needs_is_known(family):
    assert needed_keys()[family.gguf]


def of_model(name, changes):
    config = FamilyModel(name).config
    family = find_architecture(config["model_type"], config)
    assert family is not None
    return checked(family, normalize_config(changed(config, changes), family.defaults))


@pytest.mark.parametrize(
    ("name", "setting"), [("bailing_moe_v3-limits", "num_shared_experts"), ("qwen2_vl", "rms_norm_eps")]
)
def test_null_where_the_graph_needs_a_number(name, setting):
    assert of_model(name, {}) == ()
    finding = expect_finding(of_model(name, {setting: None}), "bad-config", Severity.BLOCKER, "config.json")
    assert setting in finding.what


FULL = {"layer_types": ["full_attention"] * 4}
NO_STATES = {"full_attn_layers": [1, 2, 3, 4], "kda_layers": [], "num_heads": 4, "head_dim": 32}


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("qwen3", {"head_dim": 33}, "33 values of each head would rotate, an odd number"),
        ("glm4", {"head_dim": 18}, "an odd number"),
        ("laguna", {"head_dim": 33}, "an odd number"),
        ("stablelm", {"num_attention_heads": 32}, "an odd number"),
        ("qwen3_5", {"head_dim": 8}, "mrope_section"),
        ("qwen2-untied", {"hidden_size": 130}, "130 values cannot be divided among 4 heads"),
        ("starcoder2", {"num_attention_heads": 24}, "128 values cannot be divided among 24 heads"),
        ("lfm2", FULL, "every layer has attention"),
        ("jamba", {"attn_layer_period": 1, "attn_layer_offset": 0}, "every layer has attention"),
        ("nemotron_h", {"hybrid_override_pattern": "*-*-"}, "every layer has attention"),
        ("qwen3_next", FULL, "every layer has attention"),
        ("qwen3_5", FULL, "every layer has attention"),
        ("kimi_linear", {"linear_attn_config": NO_STATES}, "every layer has attention"),
        ("bailing_hybrid", {"layer_group_size": 1}, "every layer has attention"),
        ("lfm2", {"layer_types": ["conv"] * 4}, "no layer has attention"),
    ],
)
def test_what_llama_cpp_aborts_on(name, changes, words):
    assert of_model(name, {}) == ()
    finding = expect_finding(of_model(name, changes), "bad-config", Severity.BLOCKER, "config.json")
    assert words in finding.what


def test_minus_infinity_only_where_the_key_may_hold_it():
    key = "{arch}.activation_sparsity_scale"
    assert complaints(TYPES.FLOAT32, [1.0, -math.inf], Keys.LLM.SWIGLU_CLAMP_EXP, made=True)
    assert complaints(TYPES.FLOAT32, [1.0, -math.inf], key, made=True) == ()
    for bad in (math.inf, math.nan, "-inf", None):
        assert complaints(TYPES.FLOAT32, [1.0, bad], key, made=True)


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        (Keys.LLM.BLOCK_COUNT, (1, 512), (0, 513, 10**12)),
        (Keys.LLM.EXPERT_COUNT, (0, 1024), (1025, 10**12)),
        (Keys.LLM.EMBEDDING_LENGTH, (1,), (0,)),
        (Keys.Attention.HEAD_COUNT, (1,), (0,)),
        (Keys.Attention.KEY_LENGTH, (1,), (0,)),
    ],
)
def test_counts_have_limits(key, good, bad):
    row = ConfigRow(key, TYPES.UINT32, ("a",))
    family = replace(BARE, metadata=(row,))
    assert [value for value in good if check_numbers(family, {"a": value})] == []
    for value in bad:
        expect_finding(check_numbers(family, {"a": value}), "bad-config-value", Severity.BLOCKER, "a")


def test_counts_are_checked_without_asking_a_familys_functions():
    row = ConfigRow(Keys.LLM.BLOCK_COUNT, TYPES.UINT32, value=lambda _: 1 / 0)
    assert check_numbers(replace(BARE, metadata=(row,)), {}) == ()


def test_the_number_of_layers_must_be_said():
    family = replace(BARE, metadata=(LAYERS,))
    expect_finding(checked(family, {}), "bad-config", Severity.BLOCKER, "config.json")
    assert layer_count(family, {"n_layer": 7}) == 7


def test_of_two_rows_with_one_key_the_later_counts():
    later = ConfigRow(Keys.LLM.BLOCK_COUNT, TYPES.UINT32, ("depth",))
    family = replace(BARE, metadata=(LAYERS, later))
    assert family.all_metadata == (later,)
    assert layer_count(family, {"num_hidden_layers": 2, "depth": 3}) == 3


def test_experts_are_asked_for_only_where_a_tensor_holds_some():
    rows = (LAYERS, ConfigRow(Keys.LLM.EXPERT_COUNT, TYPES.UINT32, ("a",)))
    without = replace(BARE, metadata=rows, tensors=())
    for config, count in (({"a": 8}, None), ({"a": 0}, 0), ({}, None)):
        assert metadata_values(without, config)[Keys.LLM.EXPERT_COUNT] == count
        assert metadata_values(replace(BARE, metadata=rows), config)[Keys.LLM.EXPERT_COUNT] == config.get("a")


@pytest.mark.parametrize(
    ("experts", "groups", "used", "fits"),
    [
        (8, None, None, True),
        (8, 1, 1, True),
        (8, 1, 0, True),
        (8, 2, 1, True),
        (8, 4, 3, True),
        (None, 0, 0, True),
        (8, 2, 2, False),  # llama.cpp aborts on this and what follows
        (8, 2, 0, False),
        (8, 2, None, False),
        (8, 3, 1, False),
        (8, 8, 1, False),
        (1, 1, 1, False),
        (None, 2, 1, False),
    ],
)
def test_experts_in_groups(experts, groups, used, fits):
    keys = (Keys.LLM.EXPERT_COUNT, Keys.LLM.EXPERT_GROUP_COUNT, Keys.LLM.EXPERT_GROUP_USED_COUNT)
    rows = [ConfigRow(key, TYPES.UINT32, (name,)) for key, name in zip(keys, "abc", strict=True)]
    rows.append(ConfigRow(Keys.LLM.EXPERT_USED_COUNT, TYPES.UINT32, value=lambda config: config["a"]))
    config = {"num_hidden_layers": 2, "a": experts, "b": groups, "c": used}
    found = checked(replace(BARE, metadata=(LAYERS, *rows)), config)
    if fits:
        assert found == ()
    else:
        expect_finding(found, "bad-config", Severity.BLOCKER, "config.json")


@pytest.mark.parametrize(
    ("experts", "used", "fits"),
    [
        (8, 1, True),
        (8, 8, True),
        (8, [2, 0], True),
        (None, None, True),
        (0, 0, True),
        (8, 9, False),  # llama.cpp aborts on this and what follows
        (8, [2, 9], False),
        (8, None, False),
        (8, [0, 0], False),
        (None, 1, False),
    ],
)
def test_experts_that_are_used(experts, used, fits):
    rows = (
        ConfigRow(Keys.LLM.EXPERT_COUNT, TYPES.UINT32, ("a",)),
        ConfigRow(Keys.LLM.EXPERT_USED_COUNT, TYPES.UINT32, value=lambda config: config["b"]),
    )
    found = checked(replace(BARE, metadata=(LAYERS, *rows)), {"num_hidden_layers": 2, "a": experts, "b": used})
    if fits:
        assert found == ()
    else:
        expect_finding(found, "bad-config", Severity.BLOCKER, "config.json")


@pytest.mark.parametrize(
    ("heads", "groups", "fits"),
    [
        (4, 2, 1),
        (4, None, 1),
        (0, 0, 1),
        (3, 2, 0),
        ([4, 6], [2, 3], 1),
        ([4, 3], [2, 2], 0),
        ([4, 3], 2, 0),
        (4, [0, 2], 1),
        (4, [0, 0], 0),
    ],
)
def test_heads_share_keys_and_values_evenly(heads, groups, fits):
    rows = (
        ConfigRow(Keys.Attention.HEAD_COUNT, TYPES.UINT32, value=lambda _: heads),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, TYPES.UINT32, value=lambda _: groups),
    )
    family = replace(BARE, gguf="llama" if heads else "mamba", metadata=(LAYERS, *rows))
    found = checked(family, {"num_hidden_layers": 2})
    assert (found == ()) is bool(fits)


def test_heads_share_states_evenly():
    rows = (
        ConfigRow(Keys.SSM.TIME_STEP_RANK, TYPES.UINT32, ("heads",)),
        ConfigRow(Keys.SSM.GROUP_COUNT, TYPES.UINT32, ("groups",)),
    )
    family, config = replace(BARE, metadata=(LAYERS, *rows)), {"num_hidden_layers": 2, "heads": 4}
    assert checked(family, config) == checked(family, {**config, "groups": 2}) == ()
    (finding,) = checked(family, {**config, "groups": 8})
    assert (
        "4 heads cannot share 8 groups" in expect_finding([finding], "bad-config", Severity.BLOCKER, "config.json").what
    )


def test_what_families_work_out_is_worked_out_once():
    work_out = Mock(return_value=1)
    row = ConfigRow("{arch}.a", TYPES.UINT32, value=work_out)
    family, config = replace(BARE, metadata=(LAYERS, row)), {"num_hidden_layers": 2}
    assert checked(family, config) == ()
    work_out.assert_called_once_with(config)
