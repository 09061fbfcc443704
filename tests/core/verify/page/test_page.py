"""The page is whole by itself, says everything, and takes nothing in a report for more than text."""

import re
from dataclasses import replace

import pytest

from app.core.findings import warning
from app.core.language import find_language
from app.core.text import text
from app.core.verify.page import verification_page
from app.core.verify.page.page import in_lines
from app.core.verify.results.report import Step, Verdict
from tests.core.verify.made_reports import (
    HARM,
    answer,
    distributions,
    empty_report,
    hostile_report,
    vocabulary,
    weights,
    whole_report,
)
from tests.core.verify.parsed_page import parsed

REPORTS = {"whole": whole_report, "empty": empty_report, "hostile": hostile_report}
LOADING = ("src", "href", "srcset", "data", "action", "poster", "background", "xlink:href", "style")
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer", "h1", "h2", "h3", "p"),
    *("div", "span", "strong", "mark", "table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "ul", "li"),
    *("details", "summary", "figure", "figcaption", "svg", "text", "line", "path", "circle"),
}


def page_of(report, plan, code="en"):
    return verification_page(report, plan, find_language([code]))


def elements(element):
    for one in element.children:
        if not isinstance(one, str):
            yield one
            yield from elements(one)


def titles(tree):
    return [one.text for one in tree.all("h2")]


def section(tree, title):
    (found,) = (one for one in tree.all("section") if one.all("h2")[0].text == title)
    return found


@pytest.mark.parametrize("code", ["en", "zh_CN"])
@pytest.mark.parametrize("name", REPORTS)
def test_is_well_formed_and_needs_nothing_else(name, code, plan):
    page = page_of(REPORTS[name](), plan, code)
    found = list(elements(parsed(page)))
    assert {one.tag for one in found} <= ALLOWED
    assert [one for one in found if set(one.attributes) & {*LOADING}] == []
    assert [name for one in found for name in one.attributes if name.startswith("on")] == []
    assert "url(" not in page
    assert "@import" not in page
    assert re.findall(r"\w+://", page) == []
    assert page.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("code", ["en", "zh_CN"])
def test_same_report_same_bytes(code, plan):
    assert page_of(whole_report(), plan, code) == page_of(whole_report(), plan, code)


def test_is_in_the_language(plan):
    english, chinese = (parsed(page_of(whole_report(), plan, code)) for code in ("en", "zh_CN"))
    assert english.all("html")[0].attributes["lang"] == "en"
    assert chinese.all("html")[0].attributes["lang"] == "zh-CN"
    assert titles(english)[:2] == ["Steps", "Weights"]
    assert titles(chinese)[:2] == ["步骤", "权重"]
    assert len(titles(english)) == len(titles(chinese)) == len(set(titles(chinese)))
    same = {one.text for one in english.all("th")} & {one.text for one in chinese.all("th")}
    assert same == set()


def test_begins_with_the_model_and_the_verdict(plan):
    tree = parsed(page_of(whole_report(), plan))
    assert tree.all("title")[0].text == f"{plan.model_name} – Very close – MLX Ferry"
    assert tree.all("h1")[0].text == plan.model_name
    (verdict,) = tree.all("div", "verdict")
    assert [one.text for one in verdict.all("p")] == ["Very close", "0.0% of the weights differ."]


@pytest.mark.parametrize(
    ("verdict", "tone"),
    [(Verdict.SAME, "good"), (Verdict.CLOSE, "good"), (Verdict.DEGRADED, "warning"), (Verdict.BROKEN, "bad")],
)
def test_a_verdict_has_its_colour(verdict, tone, plan):
    (found,) = parsed(page_of(whole_report(verdict), plan)).all("div", "verdict")
    assert found.attributes["class"] == f"verdict {tone}"


def test_says_everything(plan):
    tree = parsed(page_of(whole_report(), plan))
    assert titles(tree) == [
        "Steps",
        "Weights",
        "Vocabulary",
        "Next-token distributions",
        "Answers",
        "Output layer (lm_head)",
        "Fine-tune",
        "Findings",
        "The file",
    ]
    facts = {
        one.all("dt")[0].text: one.all("dd")[0].text for one in section(tree, "The file").all("div") if one.all("dt")
    }
    assert facts["SHA-256"] == "0123456789abcdef" * 4
    assert facts["File"] == "tiny-gemma-Q8_0.gguf"
    assert facts["Made from"] == "tiny-gemma"
    assert facts["Checked with"] == "MLX Ferry 1.2.3, mlx-lm 0.32.2, xllamacpp 2026.10.1"
    assert facts["Time taken"] == "1:23"
    types = {
        row.all("td")[0].text: int(row.all("td")[1].text) for row in section(tree, "The file").all("tbody")[0].all("tr")
    }
    assert sum(types.values()) == len(plan.tensors)
    assert "separate" in section(tree, "Output layer (lm_head)").text
    assert all(one.what in section(tree, "Findings").text for one in plan.findings)
    assert "98.0% of the change" in section(tree, "Fine-tune").text


def test_a_step_that_was_not_done_says_why(plan):
    tree = parsed(page_of(empty_report(), plan))
    rows = [[cell.text for cell in row.all("td")] for row in section(tree, "Steps").all("tbody")[0].all("tr")]
    assert rows == [[step.title, "not done", "Not done. There is too little memory."] for step in Step]
    assert {"Weights", "Vocabulary", "Next-token distributions", "Answers", "Fine-tune"} & {*titles(tree)} == set()
    assert tree.all("svg") == []


def test_the_worst_tensors_come_first_and_all_are_folded(plan):
    shown, folded = section(parsed(page_of(whole_report(), plan)), "Weights").all("table")
    assert len(shown.all("tbody")[0].all("tr")) == 5
    errors = [float(row.all("td")[2].text.rstrip("%")) for row in folded.all("tbody")[0].all("tr")]
    assert errors == sorted(errors, reverse=True)
    assert len(errors) == len(weights().tensors)


def test_a_spoilt_tensor_comes_before_all_others(plan):
    report = replace(hostile_report(), answers=None)
    first = section(parsed(page_of(report, plan)), "Weights").all("tbody")[0].all("tr")[0]
    assert [cell.text for cell in first.all("td")][0::2][:2] == ["blk.0.attn_q.weight", "–"]
    assert first.all("td")[4].attributes["class"] == "result bad"


def test_figures_have_the_units_of_llama_perplexity(plan):
    table = section(parsed(page_of(whole_report(), plan)), "Next-token distributions").all("table")[0]
    rows = {row.all("td")[0].text: [cell.text for cell in row.all("td")[1:]] for row in table.all("tbody")[0].all("tr")}
    figures = distributions().figures
    assert rows["Mean KLD"] == [f"{figures.mean.value:.6f}", "0.000213", "nats"]
    assert rows["99.9% KLD"] == [f"{figures.percentile_99_9:.6f}", "", "nats"]
    assert rows["Same top p"] == [f"{100 * figures.same_top.value:.3f}", "1.210", "%"]
    assert rows["RMS Δp"] == ["1.235", "0.123", "%"]
    assert rows["Perplexity of the file"] == ["12.4568", "0.4357", ""]


def test_a_text_that_is_read_otherwise_is_named(plan):
    found = section(parsed(page_of(replace(whole_report(), vocabulary=vocabulary(False)), plan)), "Vocabulary")
    (row,) = found.all("table")[0].all("tbody")[0].all("tr")
    assert row.all("td")[2].text == "token 3: 6 by the folder, 8 by the file"
    pair = found.all("div", "pair")[0]
    assert [[mark.text for mark in side.all("mark")] for side in pair.all("figure")] == [["↵\n"], ["<"]]
    assert len(found.all("details")) == 2  # all texts, and the conversation in which nothing differs


def marks(tree):
    sides = tree.all("div", "pair")[0].all("figure")
    return [
        [part.text for tag, css in (("mark", ""), ("span", "rest")) for part in side.all(tag, css)] for side in sides
    ]


def answered(plan, *arguments, **options):
    report = replace(whole_report(), answers=(answer(*arguments, **options),), vocabulary=None)
    tree = section(parsed(page_of(report, plan)), "Answers")
    return marks(tree), tree.all("p", "meaning")[0].text


def test_the_first_difference_is_marked_and_explained(plan):
    found, meaning = answered(plan, ["a", "b", "c"], ["a", "x", "y"])
    assert found == [["b", "c"], ["x", "y"]]
    assert meaning == (
        "Token 2 is the first to differ. It is a near tie: the folder gives its two likeliest tokens 41.0% and 39.0%, "
        "so that the slightest rounding decides."
    )
    assert "It is no near tie" in answered(plan, ["a"], ["b"], tie=0.2)[1]


def test_the_same_answers_have_no_mark(plan):
    assert answered(plan, ["a", "b"], ["a", "b"]) == ([[], []], "The same 2 tokens.")


def test_an_answer_that_ends_sooner(plan):
    assert answered(plan, ["a"], ["a", "b"]) == ([[], ["b"]], "The folder's answer ends here, the file's goes on.")
    assert answered(plan, ["a", "b"], ["a"]) == ([["b"], []], "The file's answer ends here, the folder's goes on.")


def test_a_difference_that_is_no_letter_is_seen(plan):
    assert answered(plan, ["a", "\n"], ["a", ""])[0] == [["↵\n"], ["[0]"]]


def test_what_a_folder_says_is_text_and_nothing_else(plan):
    harmful = replace(plan, model_name=HARM, architecture=HARM, findings=(warning("harm", HARM, HARM, HARM),))
    page = page_of(hostile_report(), harmful)
    tree = parsed(page)
    assert tree.all("script") == []
    assert "49" not in tree.all("h1")[0].text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page)
    assert tree.all("h1")[0].text.startswith("<script>alert(1)</script>\"'&{{ 7*7 }}\\u001b[2J\\u202egnp.exe")


def test_texts_keep_their_lines_and_letters():
    assert in_lines("a\n\tb\u3000\u0646\u200c\u0647 👩\u200d👩") == "a\n\tb\u3000\u0646\u200c\u0647 👩\u200d👩"
    assert in_lines("a\rb\u202ec\x1b\u2028") == "a\\rb\\u202ec\\u001b\\u2028"


def test_a_long_text_is_cut(plan):
    proof = replace(vocabulary(), texts=(replace(vocabulary().texts[0], text="word " * 10_000),))
    tree = parsed(page_of(replace(whole_report(), vocabulary=proof), plan))
    assert len(section(tree, "Vocabulary").text) < 2000


def test_no_position_no_chart(plan):
    proof = replace(distributions(), passages=())
    tree = parsed(page_of(replace(whole_report(), distributions=proof), plan))
    assert tree.all("svg") == []
    assert len(section(tree, "Next-token distributions").all("table")) == 1


def test_a_name_of_a_passage_is_said_in_the_language(plan):
    report = replace(whole_report(), reason=text("none"))
    names = [one.all("title")[0].text for one in parsed(page_of(report, plan, "zh_CN")).all("text", "name")]
    assert names[1].startswith("张量")
