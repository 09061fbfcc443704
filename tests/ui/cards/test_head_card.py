"""Every verdict has its words on the card, and nothing moves when it comes."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel

from app.core.architectures import Architecture, Head, MlxHead
from app.core.architectures.families.gemma3 import GEMMA3
from app.core.plan import HeadAction, HeadChoice, HeadEvidence, HeadKind, LmHeadVerdict, judge_lm_head
from app.core.plan.head.judge import with_sizes
from app.core.plan.head.lm_head import HeadOption
from app.core.plan.head.lm_head_findings import head_findings
from app.ui.cards.head_card import HeadCard
from app.ui.session import State
from tests.core.plan.head_evidence import DIFFERENT, EQUAL, TWO_QUANTIZATIONS, evidence, family
from tests.ui.big_plan import final_plan
from tests.ui.driving import opened

CASES: dict[HeadKind, tuple[Architecture, HeadEvidence]] = {
    HeadKind.COMPARING: (GEMMA3, evidence(has_head=True)),
    HeadKind.TIED: (GEMMA3, evidence()),
    HeadKind.COPY: (GEMMA3, evidence(EQUAL)),
    HeadKind.UNTIED: (GEMMA3, evidence(DIFFERENT)),
    HeadKind.QUANTIZED_TWICE: (GEMMA3, evidence(TWO_QUANTIZATIONS)),
    HeadKind.IGNORED: (family(mlx_head=MlxHead.CONFIG), evidence(DIFFERENT, ties=True)),
    HeadKind.CANNOT_BE_KEPT: (family(Head.NEVER), evidence(DIFFERENT)),
    HeadKind.MISSING: (GEMMA3, evidence(ties=False)),
    HeadKind.MISSHAPEN: (GEMMA3, evidence(DIFFERENT, shapes_match=False)),
}


SIZES = {
    HeadAction.WRITE_HEAD: 1_323_456,
    HeadAction.SHARE: 1_200_000,
    HeadAction.SHARE_HEAD: 1_200_000,
    HeadAction.WRITE_EMBEDDING_TWICE: 1_323_456,
}


def shown(qtbot, folder, kind, choice=HeadChoice.AUTO):
    """A card with the verdict about a head of this kind."""
    of, facts = CASES[kind]
    found, action = judge_lm_head(of, facts, choice)
    assert found is kind
    options = tuple(HeadOption(one, judge_lm_head(of, facts, one)[1]) for one in HeadChoice)
    verdict = LmHeadVerdict(kind, action, choice, facts.comparison, options=options)
    verdict = with_sizes(verdict, SIZES.__getitem__)
    card = HeadCard()
    qtbot.addWidget(card)
    findings = head_findings(of, verdict)
    card.show_verdict(replace(final_plan(folder), lm_head=verdict, findings=findings))
    texts = " ".join(label.text() for label in card.findChildren(QLabel))
    assert findings[0].what in texts
    return {one: button.text() for one, button in card._buttons.items() if not button.isHidden()}


AUTO, SHARE, KEEP = HeadChoice
LABELS = {
    HeadKind.COMPARING: ("Automatic", "Share the embedding", "Keep separate (adds 123 KB)"),
    HeadKind.TIED: (),
    HeadKind.COPY: ("Automatic: leave the copy out", "Leave the copy out", "Keep the copy (adds 123 KB)"),
    HeadKind.UNTIED: ("Automatic: keep separate", "Share the embedding", "Keep separate (adds 123 KB)"),
    HeadKind.QUANTIZED_TWICE: ("Automatic: write the head", "Share the embedding", "Keep separate (adds 123 KB)"),
    HeadKind.IGNORED: ("Automatic: share the embedding", "Share the embedding", "Keep separate (adds 123 KB)"),
    HeadKind.CANNOT_BE_KEPT: ("Automatic: stop", "Share the embedding", "Keep separate"),
    HeadKind.MISSING: ("Automatic: stop", "Share the embedding"),
    HeadKind.MISSHAPEN: ("Automatic: stop", "Share the embedding", "Keep separate"),
}


@pytest.mark.parametrize("kind", list(HeadKind))
def test_each_verdict_in_words(qtbot, tied_folder, kind):
    assert tuple(shown(qtbot, tied_folder, kind).values()) == LABELS[kind]


@pytest.mark.parametrize("choice", [SHARE, KEEP])
def test_automatic_says_what_it_would_do_whatever_is_chosen(qtbot, tied_folder, choice):
    for kind in (HeadKind.COPY, HeadKind.UNTIED):
        assert shown(qtbot, tied_folder, kind, choice)[AUTO] == LABELS[kind][0]


def test_the_table_stands_before_the_verdict(qtbot, window, copied_folder):
    seen: list[tuple[State, int]] = []
    window.workbench.session.plan_changed.connect(
        lambda plan: seen.append((window.workbench.session.state, len(plan.tensors) + len(plan.dropped)))
    )
    opened(qtbot, window, copied_folder)
    assert seen[0][0] is not State.READY
    assert {count for _, count in seen} == {81}
