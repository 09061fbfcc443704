"""Plans of real folders: every tensor used or dropped with a reason, sizes exact, what cannot be is refused by name."""

import json
import math
import pickle
from dataclasses import replace
from typing import Any

import pytest

from app.core.architectures import Head, Layout
from app.core.architectures.families.gemma3 import GEMMA3
from app.core.architectures.ops import Scale
from app.core.architectures.requirements import Requirement
from app.core.architectures.unsupported import UNSUPPORTED
from app.core.checkpoint import open_checkpoint
from app.core.convert.prepare import prepare_plan, vocabulary_of
from app.core.describe.plan_json import plan_data
from app.core.findings import Severity
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import HeadAction, HeadChoice, HeadKind, PlanOptions
from app.core.plan.header.file_size import file_byte_count
from app.core.plan.plan_findings import folder_findings
from app.core.text import text
from app.core.weights.look import look
from tests.expect_finding import expect_finding
from tests.planning import make_plan
from tests.tiny_checkpoints import (
    EMBEDDING,
    HEAD,
    gemma3_config,
    gemma3_folder,
    huggingface_tensors,
    row_count,
    save_checkpoint,
)


def plan_of(folder, **options):
    return prepare_plan(open_checkpoint(folder), PlanOptions(**options))


def blockers(folder, **options):
    return {finding.code: finding for finding in plan_of(folder, **options).blockers}


def edit_config(folder, **changes):
    path = folder / "config.json"
    config = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in config.items() if value is not ...}))
    return folder


def test_every_tensor_is_used_or_dropped_once(copied_folder):
    checkpoint = open_checkpoint(copied_folder)
    plan = prepare_plan(checkpoint, PlanOptions())
    names = [t.source.name for t in plan.tensors] + [t.source.name for t in plan.dropped]
    assert sorted(names) == sorted(tensor.name for tensor in checkpoint.tensors)
    assert [d.source.name for d in plan.dropped] == [HEAD]
    assert plan.dropped[0].reason


def test_without_facts_the_plan_is_provisional_and_stands_at_once(copied_folder):
    checkpoint = open_checkpoint(copied_folder)
    provisional = make_plan(checkpoint, vocabulary=vocabulary_of(identify(checkpoint)))
    assert provisional.is_provisional
    assert provisional.lm_head.kind is HeadKind.COMPARING
    final = make_plan(checkpoint, vocabulary=vocabulary_of(identify(checkpoint)), facts=look(identify(checkpoint)))
    assert final.can_convert
    assert final.lm_head.kind is HeadKind.COPY
    assert [t.name for t in provisional.tensors] == [t.name for t in final.tensors]
    assert make_plan(checkpoint, facts=look(identify(checkpoint))).is_provisional  # the vocabulary is missing


def test_a_tied_folder_needs_no_look(tied_folder):
    checkpoint = open_checkpoint(tied_folder)
    assert make_plan(checkpoint, vocabulary=vocabulary_of(identify(checkpoint))).can_convert


def test_plans_are_plain_data(changed_folder):
    plan = plan_of(changed_folder)
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert json.loads(json.dumps(plan_data(plan)))["lm_head"]["verdict"] == "untied"


@pytest.mark.parametrize(
    ("choice", "action", "has_output"),
    [
        (HeadChoice.AUTO, HeadAction.WRITE_HEAD, True),
        (HeadChoice.SHARE, HeadAction.SHARE, False),
        (HeadChoice.KEEP, HeadAction.WRITE_HEAD, True),
    ],
)
def test_the_choice_changes_tensors_and_size(changed_folder, choice, action, has_output):
    plan, shared = plan_of(changed_folder, head=choice), plan_of(changed_folder, head=HeadChoice.SHARE)
    assert plan.lm_head.action is action
    assert ("output.weight" in [t.name for t in plan.tensors]) is has_output
    info = 8 + len("output.weight") + 4 + 2 * 8 + 4 + 8
    cost = plan.lm_head.keep_byte_count + info if has_output else 0
    assert abs(plan.byte_count - shared.byte_count - cost) < 32  # the header's padding
    assert plan.lm_head.keep_byte_count == row_count() * 128 * 2


def with_head(what):
    return replace(GEMMA3, head=replace(GEMMA3.head, llama_cpp=what))


def test_where_llama_cpp_requires_a_head_the_embedding_is_written_twice(tied_folder, monkeypatch):
    monkeypatch.setattr("app.core.architectures.families.families_of", lambda _: [with_head(Head.REQUIRED)])
    plan = plan_of(tied_folder)
    output = next(t for t in plan.tensors if t.name == "output.weight")
    assert output.source.name == EMBEDDING
    assert any(finding.code == "head-required" for finding in plan.findings)


def test_where_one_matrix_is_read_the_finer_copy_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("app.core.architectures.families.families_of", lambda _: [with_head(Head.NEVER)])
    finer = {"group_size": 32, "bits": 8}
    folder = gemma3_folder(tmp_path / "model", "copied", quantize=lambda path: finer if path == "lm_head" else True)
    plan = plan_of(folder)
    assert next(t for t in plan.tensors if t.name == "token_embd.weight").source.name == HEAD
    assert [d.source.name for d in plan.dropped] == [EMBEDDING]
    assert not plan.blockers


@pytest.mark.parametrize("kind", list(OutputType))
@pytest.mark.parametrize("folder", ["tied_folder", "changed_folder"])
def test_byte_counts_are_those_of_gguf(folder, kind, request):
    plan = plan_of(request.getfixturevalue(folder), output_type=kind)
    assert plan.byte_count == file_byte_count(plan.metadata, plan.tensors)
    assert all(t.byte_count > 0 for t in plan.tensors)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_activation", "silu"),
        ("attention_bias", True),
        ("use_bidirectional_attention", True),
        ("attn_logit_softcapping", 50.0),
        ("sliding_window_pattern", 4),
        ("_sliding_window_pattern", 4),
        ("layer_types", ["full_attention"] * 6),
        ("rope_scaling", {"rope_type": "yarn", "factor": 4.0}),
        ("rope_scaling", "linear"),
    ],
)
def test_settings_that_llama_cpp_has_no_place_for_are_refused_by_name(tied_folder, copy_folder, name, value):
    found = blockers(edit_config(copy_folder(tied_folder), **{name: value}))["unsupported-setting"]
    assert found.subject == name
    assert found.what.startswith(f"config.json sets {name} to ")


def findings_with(requirement, folder):
    model = replace(identify(open_checkpoint(folder)), family=replace(GEMMA3, requirements=(requirement,)))
    return folder_findings(model, model.sources(Layout.MLX))


@pytest.mark.parametrize("is_told", [False, True])
def test_what_a_folder_may_not_tell_is_taken_for_granted_and_said(is_told, tied_folder):
    assumed = Requirement("vision_config", text("a part that sees"), lambda _: is_told, is_assumed=True)
    found = findings_with(assumed, tied_folder)
    if is_told:
        assert found == ()
    else:
        assert "a part that sees" in expect_finding(found, "assumed-setting", Severity.INFO, "vision_config").meaning


def test_what_llama_cpp_computes_otherwise_is_a_warning(tied_folder):
    tolerated = Requirement("model_type", text("other norms"), lambda _: False, is_tolerated=True)
    (found,) = findings_with(tolerated, tied_folder)
    assert "other norms" in expect_finding([found], "computed-otherwise", Severity.WARNING, "model_type").what


def test_weights_make_up_for_another_attention_scale(tied_folder, copy_folder):
    plan = plan_of(edit_config(copy_folder(tied_folder), query_pre_attn_scalar=28))
    found = expect_finding(plan.findings, "folded-setting", Severity.INFO, "query_pre_attn_scalar")
    assert "query_pre_attn_scalar to 28" in found.what
    assert "weights are scaled" in found.meaning
    scaled = {tensor.name for tensor in plan.tensors if Scale(math.sqrt(32 / 28)) in tensor.change.values}
    assert scaled == {f"blk.{layer}.attn_k_norm.weight" for layer in range(6)}


def test_a_setting_that_follows_from_others_is_not_said_to_be_none(tied_folder):
    derived = Requirement("rotary_dim", text("all of a head"), lambda _: False)
    (found,) = findings_with(derived, tied_folder)
    what = expect_finding([found], "unsupported-setting", Severity.BLOCKER, "rotary_dim").what
    assert "a rotary_dim that llama.cpp" in what
    assert "None" not in what


@pytest.mark.parametrize("value", ["128", -1, 0, 1.5, True, [128], {"a": 1}, 10**12])
@pytest.mark.parametrize("name", ["hidden_size", "num_hidden_layers", "head_dim", "num_attention_heads"])
def test_numbers_that_are_none_stop_the_plan(tied_folder, copy_folder, name, value):
    assert "bad-config-value" in blockers(edit_config(copy_folder(tied_folder), **{name: value}))


@pytest.mark.parametrize("value", ["1e6", [], True, 1e300])
def test_broken_rope_theta_stops_the_plan(tied_folder, copy_folder, value):
    assert "bad-config-value" in blockers(edit_config(copy_folder(tied_folder), rope_theta=value))


def test_too_many_layers_stop_the_plan(tied_folder, copy_folder):
    assert "bad-config-value" in blockers(edit_config(copy_folder(tied_folder), num_hidden_layers=100_000))


def test_a_missing_tensor_is_named(tied_folder, copy_folder):
    found = blockers(edit_config(copy_folder(tied_folder), num_hidden_layers=7, layer_types=...))
    assert found["missing-tensor"].subject == "model.layers.6.input_layernorm.weight"


def test_an_unknown_tensor_is_named(tied_folder, copy_folder):
    found = blockers(edit_config(copy_folder(tied_folder), num_hidden_layers=5, layer_types=...))
    assert found["unknown-tensor"].subject.startswith("model.layers.5.")


@pytest.mark.parametrize("name", [EMBEDDING, HEAD])
def test_a_table_of_tokens_has_two_dimensions(changed_folder, name):
    """A third one, of length 1, would do elsewhere."""
    checkpoint = open_checkpoint(changed_folder)
    tensors = (replace(t, shape=(*t.shape, 1)) if t.name == name else t for t in checkpoint.tensors)
    plan = make_plan(replace(checkpoint, tensors=tuple(tensors)))
    assert ("wrong-shape", name) in {(finding.code, finding.subject) for finding in plan.blockers}


def test_a_wrong_shape_is_named(tied_folder, copy_folder):
    found = blockers(edit_config(copy_folder(tied_folder), intermediate_size=512))
    assert (
        found["wrong-shape"].subject == "model.layers.0.mlp.gate_proj.weight" or "mlp" in found["wrong-shape"].subject
    )


def test_a_head_of_another_shape_stops_and_can_be_left_out(tmp_path):
    tensors = huggingface_tensors(gemma3_config(row_count()))
    folder = save_checkpoint(tmp_path / "model", tensors, gemma3_config(row_count()))
    import mlx.core as mx

    weights: Any = mx.load(str(folder / "model.safetensors"))
    mx.save_safetensors(
        str(folder / "model.safetensors"),
        weights | {HEAD: mx.zeros((row_count() + 1, 128), mx.bfloat16)},
        {"format": "mlx"},
    )
    assert "lm-head-misshapen" in blockers(folder)
    assert plan_of(folder, head=HeadChoice.SHARE).can_convert


def test_an_unknown_model_type_is_refused_and_its_tensors_are_listed(tied_folder, copy_folder):
    plan = plan_of(edit_config(copy_folder(tied_folder), model_type="perceptron"))
    assert [finding.code for finding in plan.blockers] == ["unknown-model-type"]
    assert len(plan.dropped) == len(open_checkpoint(tied_folder).tensors)


@pytest.mark.parametrize("model_type", ["recurrent_gemma", "rwkv7"])
def test_a_model_type_that_cannot_be_is_refused_by_name_with_the_reason(model_type, tied_folder, copy_folder):
    plan = plan_of(edit_config(copy_folder(tied_folder), model_type=model_type))
    (finding,) = plan.blockers
    assert finding.code == "unsupported-model-type"
    assert repr(model_type) in finding.what
    assert UNSUPPORTED[model_type] in finding.meaning


def test_config_and_rows_that_disagree_are_a_warning(tied_folder, copy_folder):
    plan = plan_of(edit_config(copy_folder(tied_folder), vocab_size=99))
    assert plan.can_convert
    assert [f.severity for f in plan.findings if f.code == "vocabulary-size"] == [Severity.WARNING]


def test_untied_config_without_head_stops_until_the_user_shares(tied_folder, copy_folder):
    folder = edit_config(copy_folder(tied_folder), tie_word_embeddings=False)
    assert "lm-head-missing" in blockers(folder)
    assert plan_of(folder, head=HeadChoice.SHARE).can_convert


def test_a_mode_that_is_newer_is_refused_by_name(tmp_path):
    folder = gemma3_folder(
        tmp_path / "model",
        quantize=lambda path: {"mode": "mxfp8", "group_size": 32, "bits": 8} if path.endswith("up_proj") else False,
    )
    config = folder / "config.json"
    config.write_text(config.read_text().replace("mxfp8", "mxfp9"))
    assert "mxfp9" in blockers(folder)["unsupported-dtype"].what


@pytest.mark.parametrize(
    ("head", "kind"), [("none", HeadKind.TIED), ("copied", HeadKind.COPY), ("changed", HeadKind.UNTIED)]
)
def test_a_folder_in_mxfp4_is_repacked_and_its_head_compared(tmp_path, head, kind):
    packing = {"mode": "mxfp4", "group_size": 32, "bits": 4}
    plan = plan_of(gemma3_folder(tmp_path / "model", head, quantize=lambda _: packing))
    assert plan.can_convert
    assert plan.lm_head.kind is kind
    assert {tensor.type.name for tensor in plan.tensors if len(tensor.shape) > 1} == {"MXFP4"}


@pytest.mark.parametrize(
    "card",
    [{"base_model": 5}, {"tags": {"a": 1}}, {"license": [1]}, {"name": ["x"]}, {"languages": [[]]}, {"tags": [1]}],
)
def test_a_strange_model_card_does_no_harm(tied_folder, copy_folder, card, tmp_path):
    from app.core.convert import convert

    folder = copy_folder(tied_folder)
    (folder / "README.md").write_text(f"---\n{json.dumps(card)}\n---\n")
    assert convert(plan_of(folder), tmp_path / "file.gguf").byte_count


def test_the_base_model_and_the_source_are_recorded(tied_folder, copy_folder):
    folder = copy_folder(tied_folder)
    (folder / "README.md").write_text("---\nbase_model: google/gemma-3-270m\nlicense: gemma\n---\n")
    values = {entry.key: entry.value for entry in plan_of(folder).metadata}
    assert values["general.base_model.0.name"] == "Gemma 3 270m"
    assert values["general.source.folder"] == "tiny-tied"
    assert values["general.source.converter"].startswith("MLX Ferry ")
    assert values["general.license"] == "gemma"


def test_sampling_settings_of_the_publisher_are_carried_over(tied_folder, copy_folder):
    folder = copy_folder(tied_folder)
    (folder / "generation_config.json").write_text('{"top_k": 64, "top_p": 0.95, "temperature": "warm", "min_p": null}')
    values = {entry.key: entry.value for entry in plan_of(folder).metadata if "sampling" in entry.key}
    assert values == {"general.sampling.top_k": 64, "general.sampling.top_p": 0.95}


@pytest.mark.parametrize(
    "settings", [{"top_k": 10**12}, {"temperature": 1e300}, {"top_p": math.nan}, {"min_p": math.inf}, {"top_k": [1]}]
)
def test_sampling_settings_that_their_keys_cannot_hold_are_left_out(settings, tied_folder, copy_folder):
    folder = copy_folder(tied_folder)
    (folder / "generation_config.json").write_text(json.dumps(settings))
    assert [entry.key for entry in plan_of(folder).metadata if "sampling" in entry.key] == []
