"""The verdict: every row of the table, for every kind of family, from plain facts."""

import json
from dataclasses import replace

import pytest

from app.core.architectures import Head, Layout, MlxHead, find_architecture
from app.core.architectures.families.gemma3 import GEMMA3
from app.core.architectures.ops import Scale, on_values
from app.core.checkpoint import open_checkpoint
from app.core.convert.prepare import prepare_plan
from app.core.findings import Severity
from app.core.ggml_types import OutputType
from app.core.plan import HeadAction, HeadChoice, HeadKind, LmHeadVerdict, PlanOptions, judge_lm_head
from app.core.plan.head.judge import with_sizes
from app.core.plan.head.lm_head import HeadOption
from app.core.plan.head.lm_head_findings import head_findings
from app.core.resources import resource_path
from app.core.text import Text
from tests.core.plan.head_evidence import COARSER_HEAD, DIFFERENT, EQUAL, TWO_QUANTIZATIONS, evidence, family
from tests.core.plan.in_memory import family_checkpoint
from tests.golden.family_models import FamilyModel
from tests.planning import make_plan

SHARE, WRITE, TWICE = HeadAction.SHARE, HeadAction.WRITE_HEAD, HeadAction.WRITE_EMBEDDING_TWICE
SAMPLE = resource_path("sample/mlx-ferry-sample")
NEVER, OPTIONAL, REQUIRED = Head.NEVER, Head.OPTIONAL, Head.REQUIRED
PRESENCE, CONFIG, IGNORES = MlxHead.PRESENCE, MlxHead.CONFIG, MlxHead.NEVER


@pytest.mark.parametrize(
    ("name", "family", "evidence", "kind", "action"),
    [
        ("no head, silent config", family(), evidence(), HeadKind.TIED, SHARE),
        ("no head, config ties", family(ties=False), evidence(ties=True), HeadKind.TIED, SHARE),
        ("no head, always tied", family(NEVER, IGNORES), evidence(ties=False), HeadKind.TIED, SHARE),
        ("no head, required", family(REQUIRED, CONFIG), evidence(ties=True), HeadKind.TIED, TWICE),
        ("no head, config unties", family(), evidence(ties=False), HeadKind.MISSING, HeadAction.STOP),
        ("no head, silent, unties", family(ties=False), evidence(), HeadKind.MISSING, HeadAction.STOP),
        ("copy", family(), evidence(EQUAL), HeadKind.COPY, SHARE),
        ("copy, config unties", family(mlx_head=CONFIG), evidence(EQUAL, ties=False), HeadKind.COPY, SHARE),
        ("copy, never", family(NEVER, IGNORES), evidence(EQUAL), HeadKind.COPY, SHARE),
        ("copy, required", family(REQUIRED, CONFIG), evidence(EQUAL, ties=True), HeadKind.COPY, WRITE),
        ("differs, by presence", family(), evidence(DIFFERENT, ties=True), HeadKind.UNTIED, WRITE),
        ("differs, config unties", family(mlx_head=CONFIG), evidence(DIFFERENT, ties=False), HeadKind.UNTIED, WRITE),
        ("differs, config ties", family(mlx_head=CONFIG), evidence(DIFFERENT, ties=True), HeadKind.IGNORED, SHARE),
        ("differs, disputed", family(mlx_head=CONFIG, disputed=True), evidence(DIFFERENT), HeadKind.UNTIED, WRITE),
        ("no head, disputed", family(mlx_head=CONFIG, disputed=True), evidence(), HeadKind.TIED, SHARE),
        (
            "disputed, but config ties",
            family(mlx_head=CONFIG, disputed=True),
            evidence(DIFFERENT, ties=True),
            HeadKind.IGNORED,
            SHARE,
        ),
        ("differs, default ties", family(mlx_head=CONFIG), evidence(DIFFERENT), HeadKind.IGNORED, SHARE),
        ("ignored, required", family(REQUIRED, CONFIG), evidence(DIFFERENT, ties=True), HeadKind.IGNORED, TWICE),
        ("differs, MLX never", family(mlx_head=IGNORES), evidence(DIFFERENT), HeadKind.IGNORED, SHARE),
        ("differs, never read", family(NEVER), evidence(DIFFERENT), HeadKind.CANNOT_BE_KEPT, HeadAction.STOP),
        (
            "differs, nobody reads",
            family(NEVER, IGNORES),
            evidence(DIFFERENT),
            HeadKind.CANNOT_BE_KEPT,
            HeadAction.STOP,
        ),
        ("quantized twice", family(), evidence(TWO_QUANTIZATIONS), HeadKind.QUANTIZED_TWICE, WRITE),
        ("finer head", family(NEVER), evidence(TWO_QUANTIZATIONS), HeadKind.QUANTIZED_TWICE, HeadAction.SHARE_HEAD),
        ("coarser head", family(NEVER), evidence(COARSER_HEAD), HeadKind.QUANTIZED_TWICE, SHARE),
        ("not compared yet", family(), evidence(has_head=True), HeadKind.COMPARING, SHARE),
        ("other shape", family(), evidence(DIFFERENT, shapes_match=False), HeadKind.MISSHAPEN, HeadAction.STOP),
    ],
)
def test_verdict_and_action(name, family, evidence, kind, action):
    assert judge_lm_head(family, evidence) == (kind, action)


@pytest.mark.parametrize("facts", [evidence(DIFFERENT), evidence(EQUAL), evidence(ties=False), evidence(has_head=True)])
def test_share_always_works(facts):
    assert judge_lm_head(family(), facts, HeadChoice.SHARE)[1] is SHARE
    assert judge_lm_head(family(NEVER), facts, HeadChoice.SHARE)[1] is SHARE
    assert judge_lm_head(family(REQUIRED), facts, HeadChoice.SHARE)[1] is TWICE


def test_keep_writes_what_is_there_and_nothing_else():
    ignored = evidence(DIFFERENT, ties=True)
    assert judge_lm_head(family(mlx_head=CONFIG), ignored, HeadChoice.KEEP)[1] is WRITE
    assert judge_lm_head(family(), evidence(EQUAL), HeadChoice.KEEP)[1] is WRITE
    assert judge_lm_head(family(NEVER), evidence(DIFFERENT), HeadChoice.KEEP)[1] is HeadAction.STOP
    assert judge_lm_head(family(), evidence(), HeadChoice.KEEP)[1] is SHARE
    misshapen = evidence(DIFFERENT, shapes_match=False)
    assert judge_lm_head(family(), misshapen, HeadChoice.KEEP)[1] is HeadAction.STOP


def findings_for(facts, choice=HeadChoice.AUTO, of=GEMMA3):
    kind, action = judge_lm_head(of, facts, choice)
    options = tuple(HeadOption(one, judge_lm_head(of, facts, one)[1]) for one in HeadChoice)
    verdict = LmHeadVerdict(kind, action, choice, facts.comparison, 0, 1000, facts.config_ties is None, options)
    sizes = {WRITE: 6000, SHARE: 5000, TWICE: 6000, HeadAction.SHARE_HEAD: 5000}
    return head_findings(of, with_sizes(verdict, sizes.__getitem__))


@pytest.mark.parametrize("choice", list(HeadChoice))
@pytest.mark.parametrize("facts", [evidence(), evidence(EQUAL), evidence(DIFFERENT), evidence(TWO_QUANTIZATIONS)])
@pytest.mark.parametrize("of", [family(h, m) for h in Head for m in MlxHead])
def test_a_verdict_that_stops_says_so_and_no_other_does(of, facts, choice):
    found = findings_for(facts, choice, of)
    stops = judge_lm_head(of, facts, choice)[1] is HeadAction.STOP
    assert any(finding.severity is Severity.BLOCKER for finding in found) is stops
    assert all(finding.what for finding in found)


def test_words_name_figures_and_bytes():
    assert "10% of the values differ, by 0.5 at most and 0.01 on average" in findings_for(evidence(DIFFERENT))[0].what
    assert "which saves 1.00 KB" in findings_for(evidence(EQUAL))[0].meaning
    assert "That adds 1.00 KB to the file." in findings_for(evidence(DIFFERENT))[0].meaning
    required = findings_for(evidence(ties=True), of=family(REQUIRED, CONFIG))
    assert "costs 1,000 bytes" in required[-1].what
    assert findings_for(evidence(), HeadChoice.KEEP)[-1].code == "nothing-to-keep"
    assert findings_for(evidence(DIFFERENT), HeadChoice.KEEP, family(NEVER))[0].code == "cannot-keep-head"


@pytest.mark.parametrize(
    ("of", "facts"),
    [
        (family(mlx_head=mlx_head, ties=ties, disputed=ties and mlx_head is CONFIG), facts)
        for facts in (evidence(), evidence(DIFFERENT))
        for mlx_head in MlxHead
        for ties in (True, False)
    ],
)
@pytest.mark.parametrize("choice", list(HeadChoice))
def test_where_config_json_is_silent_nothing_is_said_that_it_says(of, facts, choice):
    for finding in findings_for(facts, choice, of):
        said = f"{finding.what} {finding.meaning}"
        assert "config.json says that" not in said
        assert "config.json ties" not in said


def test_a_head_that_is_missing_or_ignored_where_config_json_is_silent():
    (missing,) = findings_for(evidence(), of=family(mlx_head=CONFIG, ties=False))
    assert "config.json does not say that the output is tied" in missing.what
    assert "mlx-lm takes a head of its own then" in missing.meaning
    (required,) = findings_for(evidence(), of=family(mlx_head=CONFIG, ties=False, disputed=True))
    assert "it was lost, or config.json lacks tie_word_embeddings" in required.meaning
    (tied,) = findings_for(evidence(), of=family(mlx_head=CONFIG, disputed=True))
    assert tied.severity is Severity.WARNING
    assert "mlx-lm takes the embedding for the output" in tied.meaning
    (kept,) = findings_for(evidence(DIFFERENT), of=family(mlx_head=CONFIG, disputed=True))
    assert kept.severity is Severity.INFO
    assert "mlx-lm would ignore it" in kept.meaning
    (ignored,) = findings_for(evidence(DIFFERENT), of=family(mlx_head=CONFIG))
    assert "config.json does not say whether the output is tied, and mlx-lm ties it then" in ignored.meaning
    (never,) = findings_for(evidence(DIFFERENT), of=family(mlx_head=IGNORES))
    assert "whatever config.json says" in never.meaning


@pytest.mark.parametrize("setting", [True, None])
def test_the_plan_says_what_config_json_leaves_out(tied_folder, copy_folder, setting):
    folder = copy_folder(tied_folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "tie_word_embeddings": setting}))
    assert prepare_plan(open_checkpoint(folder), PlanOptions()).lm_head.config_is_silent is (setting is None)


PLAINER = {  # than what programs read: as the choices beside it are called
    HeadKind.TIED: "shared",
    HeadKind.COPY: "copy of the embedding",
    HeadKind.UNTIED: "separate",
    HeadKind.CANNOT_BE_KEPT: "separate, cannot be kept",
}


@pytest.mark.parametrize("word", [*HeadKind, *HeadAction])
def test_what_is_shown_of_a_verdict_in_english(word):
    assert isinstance(word.in_words, Text)
    assert word.in_words == PLAINER.get(word, word.value)


def test_what_the_folder_has_is_told_where_the_file_has_something_else():
    def done(kind, action):
        return LmHeadVerdict(kind, action, HeadChoice.AUTO, None).done

    assert done(HeadKind.TIED, SHARE) == "Output layer: shared with the embedding"
    assert done(HeadKind.UNTIED, WRITE) == "Output layer: kept as it is"
    assert done(HeadKind.UNTIED, SHARE) == "Output layer: shared with the embedding (in the folder: separate)"
    assert done(HeadKind.TIED, TWICE) == "Output layer: a second copy of the embedding (in the folder: shared)"


@pytest.mark.parametrize(("layout", "factor"), [(Layout.MLX, 0.5 / 4), (Layout.HUGGING_FACE, 0.5)])
def test_an_embedding_that_becomes_the_head_gets_the_multiplier_of_the_head(layout, factor):
    model = FamilyModel("falcon_h1")  # mlx-lm has multiplied the embedding by 4 when it saved it
    falcon_h1 = find_architecture("falcon_h1", model.config)
    assert falcon_h1 is not None
    plan = make_plan(family_checkpoint(falcon_h1, model, layout), PlanOptions(head=HeadChoice.SHARE, layout=layout))
    (output,) = (tensor for tensor in plan.tensors if tensor.name == "output.weight")
    assert (output.source.name, output.change) == ("model.embed_tokens.weight", on_values(Scale(factor)))


def test_a_slight_difference_is_called_so():
    slight = replace(DIFFERENT, cosine=0.999999)
    assert "differs slightly from the embedding" in findings_for(evidence(slight))[0].what
    assert "slightly" not in findings_for(evidence(DIFFERENT))[0].what


@pytest.mark.parametrize("kind", ["auto", "q8_0", "q4_k_m"])
def test_each_option_has_the_size_of_the_file_that_it_makes(kind):
    """The sample's embedding becomes Q6_K where it is the output too, else Q4_K: a sum of tensors says too much."""
    plans = {
        choice: prepare_plan(open_checkpoint(SAMPLE), PlanOptions(OutputType(kind), head=choice))
        for choice in HeadChoice
    }
    for plan in plans.values():
        assert {one.choice: one.byte_count for one in plan.lm_head.options} == {
            choice: made.byte_count for choice, made in plans.items()
        }
        assert plan.lm_head.added(HeadChoice.SHARE) == 0
        extra = plans[HeadChoice.KEEP].byte_count - plans[HeadChoice.AUTO].byte_count
        assert plan.lm_head.added(HeadChoice.KEEP) == extra
    verdict = plans[HeadChoice.KEEP].lm_head
    assert [one.action for one in verdict.options] == [SHARE, SHARE, WRITE]
    if kind == "q4_k_m":
        assert verdict.added(HeadChoice.KEEP) == 1_249_728 - 1_120_640
        assert verdict.keep_byte_count > 1_249_728 - 1_120_640  # what a sum of tensors would say


def test_where_there_is_nothing_to_choose_nothing_is_reckoned(tied_folder):
    verdict = prepare_plan(open_checkpoint(tied_folder), PlanOptions()).lm_head
    assert verdict.added(HeadChoice.KEEP) is None
    assert {one.action for one in verdict.options} == {SHARE}
