"""Whatever number config.json holds, a plan refuses it, or writes what llama.cpp reads and computes with."""

from collections import defaultdict

import pytest
from gguf import GGUFValueType

from app.core.architectures import ARCHITECTURES, Architecture, find_architecture
from app.core.architectures.normalize_config import normalize_config
from app.core.checkpoint import Checkpoint
from app.core.model.config_values import CONFIG_ERRORS, metadata_values
from app.core.model.identify import identify
from app.core.model.value_ranges import RANGES, range_of
from app.core.plan import Prepared
from tests.core.plan.in_memory import checkpoint
from tests.core.plan.number_sweep import MODELS, cases, tiny_config
from tests.golden.family_models import FamilyModel
from tests.golden.variations import changed
from tests.planning import make_plan
from tests.tiny_checkpoints import gemma3_config, row_count

# There are no tensors here: the numbers are all that is looked at
TENSORLESS = {"missing-tensor", "lm-head-missing"}


def converter_types():
    """How llama.cpp's converter wrote each key of the tiny models, by its name in any graph."""
    found = defaultdict(set)
    for model in MODELS:
        for key, (kind, *_) in model.reference["keys"].items():
            found[_tail(key)].add(kind)
    return found


def _tail(key):
    return key.split(".", 1)[-1]


def kind_of(entry):
    if entry.type is not GGUFValueType.ARRAY:
        return entry.type.name
    return f"ARRAY/{entry.item_type.name}"


# Two keys that none of these has: src/llama-hparams.h, n_attn_temp_floor_scale and yarn_ext_factor
UNSEEN = {"attention.temperature_length": {"UINT32"}, "rope.scaling.yarn_ext_factor": {"FLOAT32"}}
KINDS = converter_types() | UNSEEN


def is_sound(entry, key, graph):
    """Whether llama.cpp reads a number, or a list of them, of that type, and computes with it."""
    numbers = range_of(key, graph)
    if numbers is None:
        return isinstance(entry.value, bool | str)
    if isinstance(entry.value, tuple):
        return numbers.items is not None and all(numbers.items.holds(value) for value in entry.value)
    return numbers.holds(entry.value)


def values_of(family: Architecture, found: Checkpoint) -> str:
    """Those that `identify` would find if it took the folder for one of this family, in a tenth of its time."""
    if find_architecture(found.model_type, found.config) is not family:
        return ""
    try:
        return repr(metadata_values(family, normalize_config(found.config, family.defaults)))
    except CONFIG_ERRORS:
        return ""


@pytest.mark.parametrize("family", ARCHITECTURES, ids=lambda family: family.name)
def test_every_number_is_refused_or_within_its_range(family):
    keys = {row.key.format(arch=family.gguf): row.key for row in family.all_metadata}
    unsound, seen, written = [], set(), set()
    for case in cases(family, tiny_config(family)):
        found = checkpoint((), case.config)
        if values_of(family, found) in written:
            continue
        model = identify(found)
        values = repr(model.values)  # all that these keys are made of
        if not model.is_understood or values in written:
            continue
        plan = Prepared(model).plan()
        if {finding.code for finding in plan.blockers} - TENSORLESS:
            continue
        written.add(values)
        for entry in plan.metadata:
            what = entry.key, repr(entry.value)
            if entry.key in keys and what not in seen:
                seen.add(what)
                if not is_sound(entry, keys[entry.key], family.gguf) or kind_of(entry) not in KINDS[_tail(entry.key)]:
                    unsound.append((case.name, case.value, entry.key, kind_of(entry), entry.value))
    assert unsound == []
    assert written


def test_numbers_of_every_family_have_a_range():
    numbers = {GGUFValueType.UINT32, GGUFValueType.INT32, GGUFValueType.FLOAT32}
    rows = [(row.key, family.gguf) for family in ARCHITECTURES for row in family.all_metadata if row.type in numbers]
    tensors = [(rule.key, family.gguf) for family in ARCHITECTURES for rule in family.all_tensors if rule.key]
    assert [key for key, graph in rows + tensors if range_of(key, graph) is None] == []


def test_every_range_is_of_a_key_that_is_written():
    written = {
        key
        for family in ARCHITECTURES
        for row in family.all_metadata
        for key in (row.key, row.key.format(arch=family.gguf))
    }
    written |= {rule.key for family in ARCHITECTURES for rule in family.all_tensors}
    written |= {tensor.gguf for family in ARCHITECTURES for tensor in family.all_computed}
    assert RANGES.keys() - written == set()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_what_llama_cpps_converter_writes_is_within_its_range(model):
    graph = model.reference["keys"]["general.architecture"][1]
    for key, (kind, value, *_) in model.reference["keys"].items():
        numbers = range_of("{arch}" + key.removeprefix(graph), graph) or RANGES.get(key)
        if numbers is None or not isinstance(value, int | float | list):
            continue
        values = value if isinstance(value, list) else [value]
        if kind.startswith("ARRAY"):
            assert numbers.items is not None, key
            numbers = numbers.items
        if not kind.startswith("ARRAY") or isinstance(value, list):
            assert [one for one in values if not numbers.holds(one)] == [], key


@pytest.mark.parametrize(
    ("name", "changes", "subject"),
    [
        ("llama", {"rms_norm_eps": -1e-6}, "rms_norm_eps"),
        ("gpt2", {"layer_norm_epsilon": -1e-6}, "layer_norm_epsilon"),
        ("llama", {"rope_theta": 0}, "rope_theta"),
        ("llama", {"rope_theta": -1}, "rope_theta"),
        ("gemma2", {"final_logit_softcapping": -30.0}, "final_logit_softcapping"),
        ("gemma4", {"sliding_window": 0}, "sliding_window"),
        ("gemma4", {"sliding_window": 2**31 - 1}, "sliding_window"),
        ("granite", {"residual_multiplier": [0.22]}, "residual_multiplier"),
        ("granite", {"logits_scaling": 1e-30}, "logits_scaling"),
        ("llama", {"rope_scaling": {"rope_type": "linear", "factor": [1, 2]}}, "rope_scaling.factor"),
        ("llama", {"rope_scaling": {"rope_type": "yarn", "factor": -4.0}}, "rope_scaling.factor"),
        ("llama", {"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "beta_slow": -1}}, "rope_scaling.beta_slow"),
        ("glm4", {"partial_rotary_factor": 0}, "partial_rotary_factor"),
        ("deepseek_v3", {"first_k_dense_replace": 2**31 - 1}, "first_k_dense_replace"),
        ("deepseek_v3", {"first_k_dense_replace": 0.5}, "first_k_dense_replace"),
        ("gemma3n", {"altup_num_inputs": 2**31 - 1}, "altup_num_inputs"),
        ("talkie", {"num_attention_heads": 2**24}, "num_attention_heads"),
    ],
)
def test_the_number_is_called_as_config_json_calls_it(name, changes, subject):
    assert plan_of(name, {}) == set()
    assert plan_of(name, changes) == {("bad-config-value", subject)}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("glm4", {"partial_rotary_factor": 2.0}),
        ("granite", {"dense_intermediate_size": 0}),
        ("deepseek", {"num_key_value_heads": 0}),
        ("llama", {"rope_scaling": {"rope_type": "llama3", "factor": 0.0}}),
    ],
)
def test_numbers_that_contradict_each_other_or_give_no_factor(name, changes):
    assert plan_of(name, {}) == set()
    assert plan_of(name, changes) == {("bad-config", "config.json")}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("gemma3n", {}),  # minus infinity for a layer without a limit
        ("gemma3_text", {"sliding_window": 0}),
        ("gemma3_text", {"final_logit_softcapping": 0}),
        ("llama", {"rms_norm_eps": 0}),
        ("llama", {"rope_scaling": {"rope_type": "yarn", "factor": 1}}),
        ("llama", {"rope_scaling": {"rope_type": "yarn", "factor": 2.0, "extrapolation_factor": -1}}),
        ("cohere", {"logit_scale": 0}),
        ("step3p5", {"swiglu_limits": [-1, 0, 0.5, 7]}),
        ("deepseek_v3", {"routed_scaling_factor": 0}),
        ("gemma4", {"hidden_size_per_layer_input": 0}),
    ],
)
def test_what_llama_cpp_takes_for_none_is_allowed(name, changes):
    assert plan_of(name, changes) == set()


def plan_of(name, changes):
    """Codes and subjects of what stops a plan without tensors."""
    config = FamilyModel(name).config if name != "gemma3_text" else gemma3_config(row_count())
    blockers = make_plan(checkpoint((), changed(config, changes))).blockers
    return {(finding.code, finding.subject) for finding in blockers if finding.code not in TENSORLESS}
