"""Byte-level BPE: arrays, older forms, and the three ways to recognise a pre-tokenizer."""

import hashlib
import json
from threading import Event

import pytest
from gguf import TokenType

from app.core.checkpoint import open_checkpoint
from app.core.remedies import ChoosePreTokenizer
from app.core.sandbox import run_in_sandbox
from app.core.tokenizer import pre_tokenizer_table as tables
from app.core.tokenizer.byte_level_vocabulary import byte_level_arrays
from app.core.tokenizer.pre_tokenizer import RecognisedBy, ids_of_test_text
from tests.core.tokenizer.byte_level import END, MERGES, ROWS, SETTINGS, TEXTS, added, byte_level
from tests.core.tokenizer.unknown_pre_tokenizer import UNKNOWN
from tests.expect_finding import NOTE, STOP, WARNING, expect_finding
from tests.vocabulary_by_type import vocabulary_by_type


def severity(vocabulary, code):
    """Of the only finding with this code."""
    (finding,) = (finding for finding in vocabulary.findings if finding.code == code)
    return finding.severity


def test_arrays(read):
    vocabulary = read(byte_level(), ROWS + 2, SETTINGS)
    assert vocabulary.tokens == (*TEXTS, "<|endoftext|>", "<|im_end|>", f"[PAD{ROWS}]", f"[PAD{ROWS + 1}]")
    normal, control, unused = TokenType.NORMAL, TokenType.CONTROL, TokenType.UNUSED
    assert vocabulary.types == (*[normal] * END, control, control, unused, unused)
    assert vocabulary.merges == tuple(" ".join(pair) for pair in MERGES)
    assert (vocabulary.model, vocabulary.scores, vocabulary.add_space_prefix) == ("gpt2", (), None)
    assert vocabulary.special_texts == {"eos": "<|im_end|>"}
    assert (vocabulary.entry_count, vocabulary.added_count) == (ROWS, 2)


def test_the_test_text_is_encoded_while_arrays_are_made(read, monkeypatch):
    """Each takes half a second for Llama 3's tokenizer."""
    began = Event()

    def recorded(data):
        began.set()
        return ids_of_test_text(data)

    def arrays(*arguments):
        assert began.wait(10)
        return byte_level_arrays(*arguments)

    monkeypatch.setattr("app.core.tokenizer.read.ids_of_test_text", recorded)
    monkeypatch.setattr("app.core.tokenizer.load.byte_level_arrays", arrays)
    assert read(byte_level(), ROWS, SETTINGS).pre_tokenizer == "qwen2"


def test_two_tokens_added_by_a_fine_tune(read):
    """The rows grew with them."""
    tokenizer = byte_level()
    tokenizer["added_tokens"] += [added(ROWS, "<think>", special=False), added(ROWS + 1, "<|tool|>", special=False)]
    vocabulary = read(tokenizer, ROWS + 2, SETTINGS)
    assert vocabulary.tokens[ROWS:] == ("<think>", "<|tool|>")
    assert vocabulary.types[ROWS:] == (TokenType.USER_DEFINED, TokenType.CONTROL)
    assert not {"tokens-beyond-rows", "rows-without-token"} & {finding.code for finding in vocabulary.findings}


def test_tokens_added_without_rows(read):
    tokenizer = byte_level()
    tokenizer["added_tokens"] += [added(ROWS, "<think>"), added(ROWS + 1, "<tool>")]
    vocabulary = read(tokenizer, ROWS, SETTINGS)
    assert severity(vocabulary, "tokens-beyond-rows") is NOTE
    assert vocabulary.tokens == read(byte_level(), ROWS, SETTINGS).tokens


@pytest.mark.parametrize("settings", [{"chat_template": "{{ messages[0].content }}<think>"}, {"eos_token": "<think>"}])
def test_used_tokens_without_rows(read, settings):
    tokenizer = byte_level()
    tokenizer["added_tokens"].append(added(ROWS, "<think>"))
    found = read(tokenizer, ROWS, {**SETTINGS, **settings}).findings
    assert "<think>" in expect_finding(found, "used-token-beyond-rows", STOP, "tokenizer.json").what


def test_same_text_twice(read):
    tokenizer = byte_level()
    tokenizer["added_tokens"].append(added(ROWS, "hello"))
    finding = expect_finding(read(tokenizer, ROWS + 1).findings, "bad-tokenizer", STOP, "tokenizer.json")
    assert "more than one token" in finding.what


def test_no_merges(read):
    tokenizer = byte_level()
    tokenizer["model"]["merges"] = []
    assert "no merges" in expect_finding(read(tokenizer, ROWS).findings, "bad-tokenizer", STOP, "tokenizer.json").what


def test_space_inside_a_merge(read):
    """In a GGUF file a space stands between the two parts, so one inside is written as its byte."""
    tokenizer = byte_level()
    tokenizer["model"]["merges"] = [["h e", " l"]]
    assert read(tokenizer, ROWS, SETTINGS).merges == ("hĠe Ġl",)


def test_recognised_by_digest(read, monkeypatch):
    table = tables.pre_tokenizer_table()
    ids = run_in_sandbox("encode", {"texts": [table.text]}, json.dumps(byte_level()).encode(), seconds=60)["ids"][0]
    digest = hashlib.sha256(str(ids).encode()).hexdigest()
    monkeypatch.setitem(table.digests, digest, "deepseek-r1-qwen")
    vocabulary = read(byte_level(), ROWS, SETTINGS)
    assert (vocabulary.pre_tokenizer, vocabulary.recognised_by) == ("deepseek-r1-qwen", RecognisedBy.DIGEST)
    assert severity(vocabulary, "pre-tokenizer-by-digest") is NOTE
    monkeypatch.setitem(table.digests, digest, "gpt-2")  # which cuts numbers up in another way
    vocabulary = read(byte_level(), ROWS, SETTINGS)
    assert (vocabulary.pre_tokenizer, vocabulary.recognised_by) == ("qwen2", RecognisedBy.EXPRESSIONS)


def test_recognised_by_expressions(read):
    vocabulary = read(byte_level(), ROWS, SETTINGS)
    assert (vocabulary.pre_tokenizer, vocabulary.recognised_by) == ("qwen2", RecognisedBy.EXPRESSIONS)
    assert severity(vocabulary, "pre-tokenizer-by-expressions") is NOTE


def test_recognised_by_family(read):
    vocabulary = read(byte_level(UNKNOWN), ROWS, SETTINGS, {"model_type": "qwen3"})
    assert (vocabulary.pre_tokenizer, vocabulary.recognised_by) == ("qwen2", RecognisedBy.FAMILY)
    expect_finding(vocabulary.findings, "pre-tokenizer-by-family", WARNING, "tokenizer.json")


@pytest.mark.parametrize(("choice", "name"), [("", ""), ("command-r", "command-r"), ("nonsense", "")])
def test_not_recognised(read, tmp_path, choice, name):
    read(byte_level(UNKNOWN), ROWS, SETTINGS)
    vocabulary = vocabulary_by_type(open_checkpoint(tmp_path), ROWS, choice)
    assert vocabulary.pre_tokenizer == name
    if not name:
        finding = expect_finding(vocabulary.findings, "unknown-pre-tokenizer", STOP, "tokenizer.json")
        assert finding.remedies == (ChoosePreTokenizer(tables.pre_tokenizer_table().names),)


def test_vocab_and_merges(read, tmp_path):
    expected = read(byte_level(), ROWS, SETTINGS)
    (tmp_path / "tokenizer.json").unlink()
    (tmp_path / "vocab.json").write_text(json.dumps({text: i for i, text in enumerate(TEXTS)}))
    merges = "\n".join(["#version: 0.2", *map(" ".join, MERGES), ""])
    (tmp_path / "merges.txt").write_text(merges)
    (tmp_path / "added_tokens.json").write_text(json.dumps({"<|endoftext|>": END, "<|im_end|>": END + 1}))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "qwen2"}))
    vocabulary = vocabulary_by_type(open_checkpoint(tmp_path), ROWS)
    assert (vocabulary.tokens, vocabulary.types) == (expected.tokens, expected.types)
    assert (vocabulary.merges, vocabulary.special_ids) == (expected.merges, expected.special_ids)
    assert vocabulary.pre_tokenizer == "qwen2"
