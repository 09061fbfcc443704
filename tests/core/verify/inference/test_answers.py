"""Tokens and their pieces, and where two answers part."""

import math

import pytest

from app.core.verify.inference.answers import answers_of, chosen
from app.core.verify.inference.prompts import Prompt
from app.core.verify.results.report import Answer, Token

PIECES = {1: b"ok ", 2: b"\xf0\x9f", 3: b"\x99\x82", 4: b"!", 5: b"\xe5"}


def said(*ids):
    return chosen({"id": i, "log_probability": -0.1, "second": 9, "second_log_probability": -2.0} for i in ids)


def pieces(*ids):
    (answer,) = answers_of([Prompt("?", (7,))], [said(*ids)], [said(1)], PIECES)
    return [one.piece for one in answer.by_folder]


def test_a_character_of_several_tokens_is_the_last_ones_piece():
    assert pieces(1, 2, 3, 4) == ["ok ", "", "🙂", "!"]


def test_a_character_that_is_never_finished_shows():
    assert pieces(1, 5) == ["ok ", "�"]
    assert pieces(5, 4) == ["", "�!"]


def test_what_is_no_number_is_impossible():
    (found,) = chosen([{"id": 0, "log_probability": math.nan, "second_log_probability": -1.0}])
    assert found.log_probability == -math.inf


def test_chances_where_answers_part():
    near = Token(1, "a", math.log(0.31), math.log(0.30)), Token(2, "b", math.log(0.305), math.log(0.3))
    start = Token(0, "", -0.1, -3.0)
    answer = Answer("?", (start, near[0]), (start, near[1]))
    assert answer.first_difference == 1
    assert answer.chances is not None
    one, other = answer.chances
    assert one == pytest.approx((0.31, 0.30))
    assert other == pytest.approx((0.305, 0.30))
    assert Answer("?", (start,), (start,)).chances is None
    assert Answer("?", (start,), (start, near[0])).chances is None
