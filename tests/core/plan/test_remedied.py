"""Following a remedy changes what it says, leaves every other choice, and ends what the finding was about."""

import json
import pickle
from dataclasses import replace

import pytest

from app.core.architectures import Head, Layout, MlxHead
from app.core.checkpoint import open_checkpoint
from app.core.convert.prepare import prepare, prepare_plan, with_pre_tokenizer
from app.core.describe.plan_json import plan_data
from app.core.findings import MORE, Severity, blocker, few
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import HeadChoice, LmHeadVerdict, PlanOptions, judge_lm_head, remedied
from app.core.plan.head.lm_head_findings import head_findings
from app.core.plan.header.model_name import LONGEST_NAME, name_findings, parse_name
from app.core.plan.types.tensor_choices import parse_choice
from app.core.remedies import (
    ChooseHead,
    ChooseImatrix,
    ChooseLayout,
    ChooseName,
    ChoosePreTokenizer,
    ChooseTensorType,
    ChooseType,
    LeaveOutImatrix,
    as_data,
)
from tests.core.plan.head_evidence import DIFFERENT, EQUAL, TWO_QUANTIZATIONS, evidence, family
from tests.core.plan.named_vocabularies import PHI3
from tests.core.tokenizer.unknown_pre_tokenizer import unknown_pre_tokenizer

CHOICES = PlanOptions(
    OutputType.Q8_0, HeadChoice.KEEP, Layout.MLX, (parse_choice("a=f16"), parse_choice("b=f16")), None, "name", "gpt-2"
)


@pytest.mark.parametrize(
    ("remedy", "change"),
    [
        (ChoosePreTokenizer(("qwen2",)), {"pre_tokenizer": "qwen2"}),
        (ChooseTensorType("b", ("Q4_0",)), {"tensor_types": (parse_choice("a=f16"), parse_choice("b=q4_0"))}),
        (ChooseHead("share"), {"head": HeadChoice.SHARE}),
        (ChooseLayout("huggingface"), {"layout": Layout.HUGGING_FACE}),
        (ChooseType(OutputType.LOSSLESS), {"output_type": OutputType.LOSSLESS}),
        (ChooseName("other"), {"name": "other"}),
        (LeaveOutImatrix(), {"imatrix": None}),
    ],
)
def test_one_choice_changes(remedy, change):
    assert remedied(remedy, CHOICES) == replace(CHOICES, **change)
    assert pickle.loads(pickle.dumps(remedy)) == remedy
    assert remedy.label
    assert json.loads(json.dumps(as_data(remedy)))["kind"] == remedy.kind


@pytest.mark.parametrize("remedy", [ChoosePreTokenizer(("a", "b")), ChooseTensorType("a", ("F16", "F32"))])
def test_of_several_a_person_has_to_choose(remedy):
    assert remedy.label.endswith("…")
    with pytest.raises(ValueError, match="names"):
        remedied(remedy, CHOICES)


EVIDENCE = {
    "none": evidence(),
    "lost": evidence(ties=False),
    "equal": evidence(EQUAL),
    "different": evidence(DIFFERENT),
    "quantized twice": evidence(TWO_QUANTIZATIONS),
    "tied": evidence(DIFFERENT, ties=True),
    "misshapen": evidence(DIFFERENT, shapes_match=False),
}
FAMILIES = {head.value: family(head) for head in Head} | {"by config": family(mlx_head=MlxHead.CONFIG)}


@pytest.mark.parametrize("choice", HeadChoice)
@pytest.mark.parametrize("of", FAMILIES)
@pytest.mark.parametrize("seen", EVIDENCE)
def test_every_remedy_of_a_head_ends_its_finding(of, seen, choice):
    of, seen = FAMILIES[of], EVIDENCE[seen]
    for finding in found_about_head(of, seen, choice):
        assert finding.severity is not Severity.BLOCKER or finding.remedies
        for remedy in finding.remedies:
            after = found_about_head(of, seen, remedied(remedy, PlanOptions()).head)
            assert all(one.severity is not Severity.BLOCKER for one in after)
            assert finding not in after


def ways_out(plan):
    return plan.blockers[0].remedies


def found_about_head(of, seen, choice):
    return head_findings(of, LmHeadVerdict(*judge_lm_head(of, seen, choice), choice, seen.comparison))


def suggested(wanted):
    return [remedy for finding in name_findings(wanted, PHI3) for remedy in finding.remedies]


@pytest.mark.parametrize("wanted", ["my-tune", "x" * LONGEST_NAME, "two\nlines", "-rf"])
def test_a_name_that_would_do(wanted):
    (remedy,) = suggested(wanted)
    assert parse_name(remedy.name) == remedy.name
    assert suggested(remedy.name) == []


def test_types_that_all_tensors_of_a_pattern_can_have(tied_folder):
    given = PlanOptions(tensor_types=(parse_choice("ffn_(up|down)=q4_k"),))
    plan = prepare_plan(open_checkpoint(tied_folder), given)
    (remedy,) = ways_out(plan)
    assert isinstance(remedy, ChooseTensorType)
    assert {"Q8_0", "F32"} <= set(remedy.names)
    for name in remedy.names:
        chosen = remedied(replace(remedy, names=(name,)), given)
        assert prepare_plan(open_checkpoint(tied_folder), chosen).can_convert


def test_a_type_that_needs_a_matrix_can_be_another_or_get_one(tmp_path):
    from tests.tiny_checkpoints import gemma3_config, gemma3_folder, row_count

    folder = gemma3_folder(tmp_path / "wide", config=gemma3_config(row_count(), hidden_size=256))
    given = PlanOptions(tensor_types=(parse_choice("ffn_up=iq2_xxs"),))
    other, imatrix = ways_out(prepare_plan(open_checkpoint(folder), given))
    assert isinstance(imatrix, ChooseImatrix)
    assert "IQ2_XXS" not in other.names
    chosen = remedied(replace(other, names=other.names[-1:]), given)
    assert prepare_plan(open_checkpoint(folder), chosen).can_convert


def test_a_vocabulary_is_read_again_for_another_pre_tokenizer(tied_folder, copy_folder):
    prepared = prepare(identify(open_checkpoint(unknown_pre_tokenizer(copy_folder(tied_folder)))))
    (remedy,) = ways_out(prepared.plan())
    chosen = remedied(replace(remedy, names=("qwen2",)), PlanOptions())
    assert prepared.plan(chosen).is_provisional  # what was read is not what was chosen
    again = with_pre_tokenizer(prepared, chosen.pre_tokenizer)
    assert again.facts is prepared.facts
    assert again.plan(chosen).can_convert
    assert prepare_plan(prepared.model.checkpoint, chosen) == again.plan(chosen)
    pre = {entry.key: entry.value for entry in again.plan(chosen).metadata}["tokenizer.ggml.pre"]
    assert pre == "qwen2"
    assert again.plan().is_provisional


def test_what_stands_for_others_has_no_remedy_of_the_first():
    stops = (blocker("code", str(n), "", "Do that.", str(n), (ChooseName(str(n)),)) for n in range(20))
    *listed, more = few(stops)
    assert more.code.endswith(MORE)
    assert more.remedies == ()
    assert listed[0].remedies == (ChooseName("0"),)


def test_json_has_the_remedies(tied_folder):
    plan = prepare_plan(open_checkpoint(tied_folder), PlanOptions(tensor_types=(parse_choice("ffn_up=q4_k"),)))
    (found,) = (one for one in plan_data(plan)["findings"] if one["severity"] == "blocker")
    assert found["remedies"][0]["kind"] == "choose-tensor-type"
    assert found["remedies"][0]["pattern"] == "ffn_up"
    assert json.dumps(found)
