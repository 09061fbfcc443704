"""llama.cpp stops on every token that the folder names as an end, and contradictions are found."""

import json

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.tokenizer.end_of_generation import stop_on_all
from app.core.tokenizer.kinds import Kind
from tests.core.tokenizer.byte_level import END, ROWS, SETTINGS, byte_level
from tests.expect_finding import WARNING, expect_finding
from tests.vocabulary_by_type import vocabulary_by_type

TEXTS = ["a", "b", "<|eot_id|>", "c", "d", "e", "<|return|>", "<|call|>", "<|end|>"]


@pytest.mark.parametrize(
    ("wanted", "ids", "added", "missed"),
    [
        ([0], {"eos": 0}, {}, ()),
        ([2], {"eos": 0}, {}, ()),  # by its text
        ([0, 1], {"eos": 0}, {"eot": 1}, ()),
        ([0, 1, 3], {"eos": 0}, {"eot": 1, "eom": 3}, ()),
        ([0, 1, 3], {"eos": 0, "eot": 5}, {"eom": 1}, (3,)),
        ([0, 1, 3, 4, 5], {"eos": 0}, {"eot": 1, "eom": 3}, (4, 5)),
        ([8], {"eos": 0}, {}, (8,)),  # <|end|> is none beside <|return|> and <|call|>
    ],
)
def test_stop_on_all(wanted, ids, added, missed):
    stops = stop_on_all(wanted, ids, TEXTS, Kind.BYTE_LEVEL)
    assert (stops.added, stops.missed) == (added, missed)


@pytest.fixture
def ends(read, tmp_path):
    """(config.json's eos, generation_config.json's eos, tokenizer_config.json) → Vocabulary."""

    def vocabulary(config=None, generation=None, settings=SETTINGS):
        read(byte_level(), ROWS, settings, {"model_type": "qwen2", "eos_token_id": config})
        (tmp_path / "generation_config.json").write_text(json.dumps({"eos_token_id": generation}))
        return vocabulary_by_type(open_checkpoint(tmp_path), ROWS)

    return vocabulary


def codes(vocabulary):
    return {finding.code for finding in vocabulary.findings} & {
        "eos-contradiction",
        "bad-eos-token",
        "end-token-missed",
        "no-end-token",
    }


def test_agreement(ends):
    vocabulary = ends(END + 1, [END + 1, END])
    assert (vocabulary.special_ids, codes(vocabulary)) == ({"eos": END + 1}, set())


def test_contradiction(ends):
    vocabulary = ends(END + 1, [5])
    assert vocabulary.special_ids == {"eos": END + 1, "eot": 5}
    expect_finding(vocabulary.findings, "eos-contradiction", WARNING, "tokenizer_config.json")


def test_id_that_is_no_row(ends):
    vocabulary = ends(END + 1, [END + 1, ROWS])
    expect_finding(vocabulary.findings, "bad-eos-token", WARNING, "generation_config.json")


def test_more_ends_than_keys(ends):
    vocabulary = ends(None, [END + 1, 5, 6, 7])
    assert vocabulary.special_ids == {"eos": END + 1, "eot": 5, "eom": 6}
    expect_finding(vocabulary.findings, "end-token-missed", WARNING, "generation_config.json")


def test_no_end(ends):
    expect_finding(ends(settings={}).findings, "no-end-token", WARNING, "tokenizer_config.json")
