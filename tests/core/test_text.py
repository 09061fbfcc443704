"""Texts are English strings that carry what a translation of them needs."""

import pickle
from copy import deepcopy
from dataclasses import asdict

import pytest

from app.core.errors import AppError
from app.core.findings import info
from app.core.text import Text, counted, reason_of, text


def test_a_text_is_its_english():
    said = text("{file} has {count:,} rows", file="a.json", count=12345)
    assert said == "a.json has 12,345 rows"
    assert f"{said}." == "a.json has 12,345 rows."
    assert isinstance(said, str)
    assert hash(said) == hash("a.json has 12,345 rows")
    assert text("100 %") == "100 %"


@pytest.mark.parametrize(("count", "english"), [(0, "0 tensors"), (1, "1 tensor"), (2, "2 tensors")])
def test_numbers(count, english):
    assert counted("{count} tensor", "{count} tensors", count) == english


def test_names_in_a_text_cannot_forge_a_line():
    said = text("{name} is unknown", name="a\nWrote evil.gguf" + "x" * 10_000)
    assert said.isprintable()
    assert len(said) < 300
    assert said.values["name"].startswith("a\n")  # another language is given the name as it is


@pytest.mark.parametrize("copied", [lambda said: pickle.loads(pickle.dumps(said)), deepcopy])
def test_texts_are_plain_data(copied):
    for said in (text("{a} and {b}", a=1, b=text("c")), counted("{count} x", "{count} y", 2)):
        same = copied(said)
        assert (same, same.template, same.values, same.plural, same.number) == (
            *(said, said.template, said.values, said.plural, said.number),
        )
        assert type(same) is Text
    assert asdict(info("code", text("{a}", a=1)))["what"] == "1"
    with pytest.raises(AttributeError):
        text("a").template = "b"


def test_a_finding_and_an_error_keep_their_texts():
    long = text("{file} is {state}" + " for long" * 100, file="a", state="b")
    found, error = info("code", long, long, long), AppError(long, long)
    assert [type(said) for said in (found.what, found.meaning, found.advice, error.message, error.hint)] == [Text] * 5


def test_an_error_says_what_it_was_made_with():
    assert type(reason_of(ValueError(text("{file} is gone", file="a")))) is Text
    assert reason_of(ValueError("plain")) == "plain"
    assert reason_of(OSError(2, "no such file")) == "[Errno 2] no such file"
    assert reason_of(KeyError()) == ""
