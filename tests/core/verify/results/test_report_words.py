"""A report in lines: for a terminal, and for a model card."""

from dataclasses import replace

import pytest

from app.core.language import find_language
from app.core.text import Text, text
from app.core.verify.header.header_proof import HeaderProof, KeyProof
from app.core.verify.results.report import Limit, Skipped, Step, Verdict
from app.core.verify.results.report_words import markdown_lines, report_in_words, steps_in_words
from tests.core.verify.made_reports import HARM, distributions, empty_report, hostile_report, vocabulary, whole_report


def test_a_line_for_the_verdict_and_for_what_each_step_found():
    lines = report_in_words(whole_report())
    assert all(isinstance(line, Text) for line in lines)
    mean = distributions().figures.mean.value
    assert lines == (
        "Very close: 0.0% of the weights differ.",
        "Weights: Checked: all 73 tensors hold what MLX computes from the folder, as exactly as their types can.",
        "The largest error of a tensor is 0.560% (blk.4.attn_q.weight, Q8_0).",
        "Settings: Checked: the settings are those of the folder.",
        "Vocabulary: 2 texts and 1 conversation: nothing differs.",
        f"Next-token distributions: Over 180 positions, the mean KLD is {mean:.6f} ± 0.000213 nats.",
        "The likeliest token is the same at 93.33% ± 1.21% of them.",
        "Perplexity: 12.3457 by the folder, 12.4568 by the file.",
        "Answers: 1 of 4 answers are the same.",
        "Fine-tune kept: 98.0% of the change in 1 tensors; rounding adds noise of 2.0% of it.",
        "Warning: Not compared.",
    )


def test_what_was_not_done_says_why():
    lines = report_in_words(empty_report())
    assert lines == (
        "Broken: Nothing was proved.",
        *(f"{step.title}: Not done. There is too little memory." for step in Step),
    )


def test_problems_and_notes_of_the_vocabulary():
    report = replace(empty_report(), vocabulary=vocabulary(False), skipped=())
    lines = report_in_words(report)
    assert "Vocabulary: 1 of 3 texts and 1 of 2 conversations differ." in lines
    assert any(line.startswith("Problem: ") and "is read otherwise." in line for line in lines)
    assert "Not compared." in lines


def test_is_said_in_the_language():
    say = find_language(["zh_CN"])
    lines = list(map(say, report_in_words(whole_report())))
    assert lines[0].startswith("非常接近")
    assert lines[4].endswith("没有差异。")


@pytest.mark.parametrize(("largest", "is_good"), [(1.0, True), (0.001, False)])
def test_distributions_are_held_against_the_limit_of_what_is_good(largest, is_good):
    limits = (Limit(Verdict.CLOSE, largest), Limit(Verdict.DEGRADED, 10.0))
    steps = {one.step: one for one in steps_in_words(replace(whole_report(), limits=limits))}
    assert steps[Step.DISTRIBUTIONS].is_good is is_good


def test_without_a_limit_distributions_are_only_measured():
    steps = {one.step: one for one in steps_in_words(replace(whole_report(), limits=()))}
    assert steps[Step.DISTRIBUTIONS].is_good is None
    assert steps[Step.DISTRIBUTIONS].is_done


def test_the_reason_is_that_of_the_step():
    skipped = Skipped(Step.WEIGHTS, text("The folder is gone.")), Skipped(Step.ANSWERS, text("Too slow."))
    steps = {one.step: one for one in steps_in_words(replace(empty_report(), skipped=skipped))}
    assert [one.said[0] for one in steps.values()] == [
        "Not done. The folder is gone.",
        "Not done.",
        "Not done.",
        "Not done.",
        "Not done. Too slow.",
    ]
    assert not any(one.is_done for one in steps.values())


@pytest.mark.parametrize("make", [whole_report, empty_report, hostile_report])
def test_a_model_card_gets_five_lines(make):
    first, *lines = markdown_lines(make()).split("\n")
    assert first.startswith("**Verified with MLX Ferry")
    assert [line.split(":**")[0] for line in lines] == [
        f"- **{step.title}" for step in Step if step is not Step.SETTINGS
    ]


def test_settings_that_are_wrong_have_a_line_in_a_model_card():
    wrong = HeaderProof((KeyProof("llama.rope.freq_base", "1", "2"),), 40)
    lines = markdown_lines(replace(whole_report(), header=wrong)).split("\n")
    assert len(lines) == 6
    assert "freq" in lines[2]


def test_a_model_card_names_version_file_and_checksum():
    first = markdown_lines(whole_report()).split("\n")[0]
    assert first == (
        "**Verified with MLX Ferry 1.2.3: Very close.** 0.0% of the weights differ. "
        f"(tiny-gemma-Q8\\_0.gguf, SHA-256 {'0123456789abcdef' * 4})"
    )


def test_a_model_card_takes_names_for_names():
    harm = text("{harm}", harm=f"[a](https://b.c) ![d](e) `f` *g* www.h.i {HARM}")
    said = markdown_lines(replace(whole_report(), reason=harm)).split("\n")[0]
    assert r"\[a\](https:\//b.c) !\[d\](e) \`f\` \*g\* www\.h.i \<script\>alert(1)\</script\>" in said
    assert said.isprintable()


def test_a_model_card_in_chinese():
    assert markdown_lines(whole_report(), find_language(["zh_CN"])).startswith(
        "**已由 MLX Ferry 1.2.3 验证: 非常接近.**"
    )
