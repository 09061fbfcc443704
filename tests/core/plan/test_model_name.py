"""general.name: where llama.cpp looks at it, it fits the vocabulary."""

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert.prepare import prepare_plan
from app.core.errors import PlanError
from app.core.plan import PlanOptions
from app.core.plan.header.model_name import LONGEST_NAME, fitting_name, name_findings, parse_name
from tests.core.plan.named_vocabularies import MODERN_BERT, OTHER, PHI3
from tests.expect_finding import NOTE, WARNING, expect_finding


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("my-phi3-tune", "my-phi 3-tune"),
        ("Phi-3 beater", "Phi 3 beater"),
        ("a PHI-3PHI3", "a PHI 3PHI 3"),
        ("A modern-BERT", "A modern BERT"),
        ("Phi 3 Mini", "Phi 3 Mini"),
        ("Gemma", "Gemma"),
    ],
)
def test_a_name_that_would_make_llama_cpp_look_for_tokens_is_changed(name, written):
    assert fitting_name(name, OTHER) == written
    if written != name:
        found = expect_finding(name_findings(name, OTHER), "name-changed", NOTE)
        assert repr(name) in found.what
        assert repr(written) in found.what
    else:
        assert name_findings(name, OTHER) == ()


def test_a_name_that_fits_stays():
    assert fitting_name("My phi-3", PHI3) == "My phi-3"
    assert fitting_name("a modern-bert", MODERN_BERT) == "a modern-bert"
    assert name_findings("My phi-3", PHI3) == name_findings("a modern-bert", MODERN_BERT) == ()


def test_phi_3_under_another_name_is_a_warning():
    assert fitting_name("my-tune", PHI3) == "my-tune"
    expect_finding(name_findings("my-tune", PHI3), "name-without-rule", WARNING)


def test_the_name_that_a_person_gives_decides_every_byte(tied_folder, copy_folder):
    folder = copy_folder(tied_folder)
    other = folder.rename(folder.with_name("another name"))
    own, same = (prepare_plan(open_checkpoint(one), PlanOptions(name="My Model")) for one in (tied_folder, other))
    assert own.metadata == same.metadata
    assert own.model_name == "My Model"
    assert {entry.value for entry in own.metadata if entry.key == "general.name"} == {"My Model"}
    unnamed = prepare_plan(open_checkpoint(other), PlanOptions())
    assert unnamed.metadata != own.metadata


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "\x1b[2J", "x" * (LONGEST_NAME + 1)])
def test_what_cannot_be_a_name(text):
    with pytest.raises(PlanError):
        parse_name(text)
    assert parse_name(" a name ") == "a name"
