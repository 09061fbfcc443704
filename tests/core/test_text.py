"""Texts are English strings that can be said in another language."""

import gettext
import pickle
from copy import deepcopy
from dataclasses import asdict
from typing import ClassVar

import pytest

from app.core.errors import AppError
from app.core.findings import note
from app.core.language import Language, english
from app.core.text import Text, counted, reason_of, text


class Backwards(gettext.NullTranslations):
    """Chinese for tests: one form for all numbers, and values in another order."""

    KNOWN: ClassVar = {
        "{count} tensor of {file}": "{file}: {count} pieces",
        "{file} is {state}": "{state}: {file}",
        "gone": "weg",
        "plain": "schlicht",
    }

    def gettext(self, message):
        return self.KNOWN.get(message, message)

    def ngettext(self, one, many, count):
        return self.KNOWN.get(one, one if count == 1 else many)


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


def test_another_language():
    say = Language("xx", Backwards())
    assert say(text("{file} is {state}", file="a", state=text("gone"))) == "weg: a"
    assert say(counted("{count} tensor of {file}", "{count} tensors of {file}", 1, file="f")) == "f: 1 pieces"
    assert say(counted("{count} tensor of {file}", "{count} tensors of {file}", 3, file="f")) == "f: 3 pieces"
    assert say(text("plain")) == "schlicht"
    assert say("plain") == "plain"
    assert say(text("not known to {who}", who="it")) == "not known to it"
    assert say(text("")) == ""  # gettext has the catalogue's head under it
    assert say(text("{file} is {state}", file="a\nb", state="c")) == "c: a\\nb"
    assert english()(text("{file} is {state}", file="a", state="b")) == "a is b"


@pytest.mark.parametrize("copied", [lambda said: pickle.loads(pickle.dumps(said)), deepcopy])
def test_texts_are_plain_data(copied):
    for said in (text("{a} and {b}", a=1, b=text("c")), counted("{count} x", "{count} y", 2)):
        same = copied(said)
        assert (same, same.template, same.values, same.plural, same.number) == (
            *(said, said.template, said.values, said.plural, said.number),
        )
        assert type(same) is Text
    assert asdict(note("code", text("{a}", a=1)))["what"] == "1"
    with pytest.raises(AttributeError):
        text("a").template = "b"


def test_a_finding_and_an_error_keep_their_texts():
    long = text("{file} is {state}" + " for long" * 100, file="a", state="b")
    found, error = note("code", long, long, long), AppError(long, long)
    assert [type(said) for said in (found.what, found.meaning, found.advice, error.message, error.hint)] == [Text] * 5


def test_an_error_says_what_it_was_made_with():
    assert type(reason_of(ValueError(text("{file} is gone", file="a")))) is Text
    assert reason_of(ValueError("plain")) == "plain"
    assert reason_of(OSError(2, "no such file")) == "[Errno 2] no such file"
    assert reason_of(KeyError()) == ""
