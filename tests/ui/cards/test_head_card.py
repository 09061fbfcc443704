"""Every verdict has its words on the card, and nothing moves when it comes."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel

from app.core.architectures import Architecture, Head, MlxHead
from app.core.architectures.families.gemma3 import GEMMA3
from app.core.plan import HeadChoice, HeadEvidence, HeadKind, LmHeadVerdict, judge_lm_head
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


@pytest.mark.parametrize("kind", list(HeadKind))
def test_each_verdict_in_words(qtbot, tied_folder, kind):
    of, facts = CASES[kind]
    found, action = judge_lm_head(of, facts)
    assert found is kind
    verdict = LmHeadVerdict(kind, action, HeadChoice.AUTO, facts.comparison, 0, 123_456)
    findings = head_findings(of, verdict)
    card = HeadCard()
    qtbot.addWidget(card)
    card.show_verdict(replace(final_plan(tied_folder), lm_head=verdict, findings=findings))
    texts = " ".join(label.text() for label in card.findChildren(QLabel))
    assert findings[0].what in texts
    assert action.value in card._buttons[HeadChoice.AUTO].text()
    assert "123 KB" in card._buttons[HeadChoice.KEEP].text()


def test_the_table_stands_before_the_verdict(qtbot, window, copied_folder):
    shown: list[tuple[State, int]] = []
    window._session.plan_changed.connect(
        lambda plan: shown.append((window._session.state, len(plan.tensors) + len(plan.dropped)))
    )
    opened(qtbot, window, copied_folder)
    assert shown[0][0] is not State.READY
    assert {count for _, count in shown} == {81}
