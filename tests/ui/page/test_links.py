"""What there is to read of a model: each in a few words, in one place, and nothing that leads nowhere."""

from dataclasses import replace

import pytest

from app.core.findings import info, warning
from app.ui.page.detail import Detail
from app.ui.page.links import Links
from tests.ui.big_plan import final_plan

NOTES = (info("one", "One"), warning("two", "Two"))


@pytest.fixture
def links(qtbot):
    widget = Links()
    qtbot.addWidget(widget)
    widget.show()
    return widget


@pytest.fixture(scope="module")
def plan(copied_folder):
    return final_plan(copied_folder)


def shown(links):
    return {detail: button.text() for detail, button in links.buttons.items() if not button.isHidden()}


def test_each_says_what_it_leads_to(links, plan):
    links.show_plan(plan, NOTES)
    links.show_tokenizer(True)
    assert shown(links) == {
        Detail.NOTES: "2 notes",
        Detail.HEAD: "Output layer: " + str(plan.lm_head.kind.in_words),
        Detail.TOKENIZER: "Tokenizer and chat template",
        Detail.TENSORS: f"{len(plan.tensors)} tensors",
        Detail.MODEL: "About the model",
    }
    assert list(shown(links)) == list(links.buttons)  # in their order
    assert "is an exact copy of the embedding" in links.buttons[Detail.HEAD].toolTip()


def test_what_leads_nowhere_is_hidden(links, plan):
    links.show_plan(replace(plan, tensors=(), dropped=()), ())
    links.show_tokenizer(False)
    assert list(shown(links)) == [Detail.MODEL]
    links.show_plan(plan, NOTES[:1])
    assert shown(links)[Detail.NOTES] == "1 note"


def test_a_warning_among_the_notes_can_be_seen(links, plan):
    pictures = []
    for notes in (NOTES[:1], NOTES):
        links.show_plan(plan, notes)
        pictures.append(links.buttons[Detail.NOTES].icon().pixmap(16).toImage())
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("detail", [Detail.NOTES, Detail.HEAD, Detail.TENSORS, Detail.MODEL])
def test_a_click_asks_for_the_page(qtbot, links, plan, detail):
    links.show_plan(plan, NOTES)
    with qtbot.waitSignal(links.wanted) as wanted:
        links.buttons[detail].click()
    assert wanted.args == [detail]
