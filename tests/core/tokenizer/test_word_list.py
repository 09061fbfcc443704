"""tokenizer.jsonl, PLaMo's own file: what is read, and what is refused by file and line."""

import json

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.errors import CheckpointError
from app.core.tokenizer.end_of_generation import all_ends, ends_by_text
from app.core.tokenizer.kinds import Kind
from app.core.tokenizer.try_text import try_text
from tests.core.tokenizer.word_list import ROWS, SETTINGS, dumped, lines, save_word_list
from tests.expect_finding import STOP, WARNING, expect_finding
from tests.vocabulary_by_type import vocabulary_by_type

NAME = "tokenizer.jsonl"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "plamo3"}')
    return save_word_list(tmp_path)


def read(folder, rows=ROWS):
    return vocabulary_by_type(open_checkpoint(folder), rows)


def codes(vocabulary):
    return {finding.code for finding in vocabulary.findings}


def test_special_tokens_and_flags(folder):
    vocabulary = read(folder)
    assert vocabulary.special_ids == {"unk": 0, "bos": 1, "eos": 2, "pad": 3, "eot": 4}
    assert (vocabulary.model, vocabulary.pre_tokenizer) == ("plamo2", "default")
    assert (vocabulary.add_tokens, vocabulary.add_space_prefix) == ({}, False)
    assert vocabulary.entry_count == len(lines())
    assert vocabulary.rendered_template is not None


def test_what_llama_cpp_does_not_do_is_said(folder):
    found = expect_finding(read(folder).findings, "bos-not-added", WARNING, "tokenizer_config.json")
    assert "<|plamo:bos|>" in found.advice
    runs = {"break_around_repeated_chars_threshold": 16, "add_bos_token": False}
    (folder / "tokenizer_config.json").write_text(json.dumps({**SETTINGS, **runs}))
    assert "runs-not-set-apart" in codes(read(folder))
    assert "bos-not-added" not in codes(read(folder))


def test_tokens_of_a_fine_tune(folder):
    """transformers keeps them in a file of their own; an id that is taken keeps its token."""
    end = len(lines())
    added = {"<think>": end + 1, "<other>": 7, "<|new|>": end + 2}
    (folder / "added_tokens.json").write_text(json.dumps(added))
    vocabulary = read(folder)
    assert vocabulary.tokens[end : end + 4] == ("[PAD1]", "<think>", "<|new|>", "[PAD4]")
    assert vocabulary.types[end : end + 4] == (5, 4, 3, 5)
    assert vocabulary.tokens[7] == "<0x02>"


def test_more_lines_than_rows(folder):
    vocabulary = read(folder, len(lines()) - 1)
    assert vocabulary.tokens == tuple(row[0] for row in lines()[:-1])
    assert "tokens-beyond-rows" in codes(vocabulary)


def test_s_is_no_end_here(folder):
    vocabulary = read(folder)
    assert "</s>" in vocabulary.tokens
    by_text = ends_by_text(vocabulary.tokens)
    assert all_ends(vocabulary.special_ids, vocabulary.tokens, by_text, Kind.PLAMO) == {2, 4}


def test_beside_another_tokenizer_it_is_not_read(folder, sample):
    (folder / "tokenizer.json").write_text(json.dumps(sample))
    assert read(folder).model == "llama"


def test_a_text_cannot_be_tried(folder):
    checkpoint = open_checkpoint(folder)
    with pytest.raises(CheckpointError, match=NAME):
        try_text(checkpoint, read(folder), "text")


WRONG_LINES = [
    (b'["a"]', "Expected `array` of at least length 2"),
    (b'{"a": 1}', "object"),
    (b"[1, 2]", "str"),
    (b'["unseen", "1.5"]', "float"),
    (b'["unseen", true]', "float"),
    (b'["unseen", NaN]', "invalid character"),
    (b'["unseen", 1e999]', "out of range"),
    (b'["unseen", -214749]', "score"),
    (b'["unseen", 1e39]', "score"),
    (b'["unseen", 0, 5]', "str"),
    (b'["", 0]', "no text"),
    (b'["\\ud800", 0]', ""),
    (b'["\xff", 0]', ""),
    (b'["the", 0]', "'the'"),
    (b'["<0x1>", 0, "BYTE"]', "for a byte"),
    (b'["<0xZZ>", 0, "BYTE"]', "for a byte"),
    (b"[" * 100_000, ""),
]


@pytest.mark.parametrize(("line", "why"), WRONG_LINES)
def test_a_line_that_cannot_be(folder, line, why):
    """The second line after the last; the one between is empty."""
    with (folder / NAME).open("ab") as file:
        file.write(line + b"\n")
    vocabulary = read(folder)
    assert vocabulary.tokens == ()
    found = expect_finding(vocabulary.findings, "bad-tokenizer", STOP, NAME)
    assert f"{NAME} cannot be used: line {len(lines()) + 2}" in found.what
    assert why in found.what


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "<0x00>"),
        (lines()[:5] + lines()[6:], "<0x00>"),
        ([lines()[5], *lines()[:5], *lines()[6:]], "<0x00>"),
        ([["[PAD1]", 0], *lines()], "[PAD1]"),
        ([*lines(), ["the\0re", 0]], "'the' before a null byte"),
    ],
)
def test_a_list_that_cannot_be(folder, rows, why):
    (folder / NAME).write_bytes(dumped(rows))
    assert why in expect_finding(read(folder).findings, "bad-tokenizer", STOP, NAME).what


def test_bytes_beyond_the_rows(folder):
    assert "<0x5F>" in expect_finding(read(folder, 100).findings, "bad-tokenizer", STOP, NAME).what


def test_a_list_that_is_too_large(folder):
    with (folder / NAME).open("r+b") as file:
        file.truncate(33 << 20)
    assert "32 MB" in expect_finding(read(folder).findings, "bad-tokenizer", STOP, NAME).what
