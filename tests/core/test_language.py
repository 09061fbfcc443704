"""Catalogues: whole, compiled, with the values of the English; the language that a person's system asks for."""

import gettext
import json
import re
import subprocess
import sys
from pathlib import Path
from runpy import run_path

import pytest

from app.core.language import english, find_language
from app.core.resources import resource_path
from app.core.text import counted, joined, text

ROOT = Path(__file__).parents[2]
MESSAGES = run_path(str(ROOT / "packaging" / "messages.py"))
SAMPLE = ROOT / "resources" / "sample" / "mlx-ferry-sample"
CODES = sorted(path.name for path in resource_path("locale").iterdir())
PLACE = re.compile(r"\{\{|\}\}|\{[^{}]*\}|%(?:\(\w+\))?[sr]")  # the last as in argparse's own texts


@pytest.fixture(scope="module")
def found():
    """Every text of the program, by its English."""
    return {one.id for one in MESSAGES["template"]() if one.id}


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_has_every_text_and_no_other(found, code):
    assert len(found) > 800
    assert {one.id for one in MESSAGES["read"](code) if one.id} == found


@pytest.mark.parametrize("code", CODES)
def test_a_translation_has_the_values_of_the_english(code):
    for one in MESSAGES["read"](code):
        if not one.id:
            continue
        english_form = one.id if isinstance(one.id, str) else one.id[-1]
        for said in (one.string,) if isinstance(one.string, str) else one.string:
            assert said, one.id
            assert sorted(PLACE.findall(said)) == sorted(PLACE.findall(english_form)), one.id


def test_chinese_has_its_own_punctuation():
    """After a Chinese character a comma, a colon and the like are full-width."""
    said = [one.string for one in MESSAGES["read"]("zh_CN")]
    forms = [form for one in said for form in ((one,) if isinstance(one, str) else one)]
    assert [form for form in forms if re.search(r"[\u4e00-\u9fff][,;:!?]", form)] == []


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_is_compiled(code):
    path = MESSAGES["po_file"](code).with_suffix(".mo")
    with path.open("rb") as stream:
        compiled = gettext.GNUTranslations(stream)
    for one in MESSAGES["read"](code):
        if one.id and isinstance(one.id, str):
            assert compiled.gettext(one.id) == one.string
        elif one.id:
            assert compiled.ngettext(one.id[0], one.id[-1], 7) == one.string[-1]


def test_what_stands_in_a_text_is_translated_with_it():
    said = text("Wrote {path} ({size}).", path="a.gguf", size=text("{count:,} bytes ({size})", count=1234, size="1 kB"))
    chinese = find_language(["zh_CN"])
    assert chinese.code == "zh_CN"
    assert english()(said) == "Wrote a.gguf (1,234 bytes (1 kB))."
    assert chinese(said) not in (said, english()(said))
    assert "a.gguf" in chinese(said)
    assert "1,234" in chinese(said)


def test_what_no_catalogue_has_stays_english():
    chinese = find_language(["zh_CN"])
    assert chinese("model.safetensors") == "model.safetensors"
    assert chinese(text("No {thing} says this", thing=1)) == "No 1 says this"
    assert chinese(counted("{count} such thing", "{count} such things", 2)) == "2 such things"


@pytest.mark.parametrize("wanted", [["de_DE"], ["C"], ["../../../sample"]])
def test_another_language_is_english(wanted):
    assert find_language(wanted).code == "en"


def inspect(*arguments, **environment):
    """What the command line says of the sample."""
    started = [sys.executable, "-m", "app", "inspect", str(SAMPLE), *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "PATH": "", **environment}
    done = subprocess.run(started, env=environment, capture_output=True, check=False, encoding="utf-8")
    return done.stdout


def test_the_command_line_speaks_the_language_of_the_system():
    said = inspect(LANG="zh_CN.UTF-8")
    assert "分词器" in said
    assert "Tokenizer" not in said
    assert inspect(LANG="zh_CN.UTF-8", LANGUAGE="en") == inspect(LANG="C.UTF-8") != said


@pytest.mark.parametrize("arguments", [["--help"], ["--type"], ["--type", "q9"], ["--lm-head", "x"], ["--bla"]])
def test_help_and_wrong_usage_are_chinese(arguments):
    """argparse's own sentences too: what is left in English are names, options and their values."""
    started = [sys.executable, "-m", "app", "inspect", "model", *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "PATH": "", "LANG": "zh_CN.UTF-8"}
    done = subprocess.run(started, env=environment, capture_output=True, check=False, encoding="utf-8")
    said = done.stdout + done.stderr
    assert "用法" in said
    assert (
        re.findall(r"\b(usage|options|positional|show|error|argument|invalid|expected|choose|unrecognized)\b", said)
        == []
    )


def test_what_programs_read_is_english_in_every_language():
    chinese = inspect("--json", LANG="zh_CN.UTF-8")
    assert json.loads(chinese)["tensors"]
    assert chinese == inspect("--json", LANG="C.UTF-8")


def test_sentences_follow_each_other_as_the_language_wants_it():
    one, other = text("The file is on the clipboard."), "Open it again."
    chinese = find_language(["zh_CN"])
    said = joined(" ", (one, one, other))
    assert english()(said) == f"{one} {one} {other}"
    assert chinese(said) == f"{chinese(one)}{chinese(one)}{other}"
    assert chinese(said).count("。") == 2
    assert chinese(joined(" ", (other, one))) == f"{other} {chinese(one)}"
