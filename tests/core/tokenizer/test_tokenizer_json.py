"""tokenizer.json, broken in every way: a finding, never a crash."""

import json
import os
from dataclasses import astuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.checkpoint import open_checkpoint
from app.core.tokenizer import Vocabulary
from app.core.tokenizer.tokenizer_json import LIMIT_BYTES
from tests.core.checkpoint.written_by_hand import entry, write_safetensors
from tests.damage import damaged_bytes, damaged_json
from tests.expect_finding import STOP, expect_finding
from tests.vocabulary_by_type import vocabulary_by_type

BROKEN = {
    "empty": b"",
    "not JSON": b"{",
    "a list": b"[]",
    "no model": b'{"added_tokens": []}',
    "no vocabulary": b'{"model": {"type": "BPE", "byte_fallback": true}}',
    "nested": b'{"model": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a huge integer": b'{"model": {"vocab": {"a": 1' + b"0" * 10_000 + b"}}}",
    "not UTF-8": b'{"model": {"vocab": {"\xff": 1}}}',
    "half a surrogate pair": b'{"model": {"vocab": {"\\ud800": 1}}}',
    "negative id": b'{"model": {"vocab": {"a": -1}}}',
    "id no integer": b'{"model": {"vocab": {"a": 1.5}}}',
    "added token without id": b'{"model": {"vocab": {}}, "added_tokens": [{"content": "a"}]}',
    "added tokens no list": b'{"model": {"vocab": {}}, "added_tokens": {}}',
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_broken_file(read, data):
    expect_unusable(read(data, 10))


def expect_unusable(vocabulary, file="tokenizer.json"):
    expect_finding(vocabulary.findings, "bad-tokenizer", STOP, file)
    assert (vocabulary.tokens, vocabulary.scores, vocabulary.types) == ((), (), ())


def test_without_tokenizer_json_the_checkpoint_has_the_finding(tmp_path):
    write_safetensors(tmp_path / "model.safetensors", {"a.weight": entry()}, 16)
    checkpoint = open_checkpoint(tmp_path)
    expect_finding(checkpoint.findings, "no-tokenizer", STOP, "tokenizer.json")
    vocabulary = vocabulary_by_type(checkpoint, 10)
    assert (vocabulary.tokens, vocabulary.findings) == ((), ())


def test_unigram_piece_twice(read):
    vocabulary = read({"model": {"type": "Unigram", "vocab": [["a", 0.0], ["a", -1.0]]}}, 10)
    assert "the same piece two ids" in vocabulary.findings[0].what
    expect_unusable(vocabulary)


@pytest.mark.parametrize("vocab", [b"{", b"[]", b'{"a": -1}', b'{"a": ' + b"[" * 100_000, b'{"a": 1.5}', b"\xff"])
def test_broken_vocab_json(tmp_path, vocab):
    (tmp_path / "vocab.json").write_bytes(vocab)
    (tmp_path / "merges.txt").write_text("a b")
    expect_unusable(vocabulary_by_type(open_checkpoint(tmp_path), 10), "vocab.json")


@pytest.mark.parametrize("place", [None, os.mkfifo, os.mkdir, lambda path: write_zeros(path, LIMIT_BYTES + 1)])
def test_file_that_changed_after_the_folder_was_opened(read, sample, tmp_path, place):
    read(sample, 10)
    checkpoint = open_checkpoint(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    if place:
        place(tmp_path / "tokenizer.json")
    expect_unusable(vocabulary_by_type(checkpoint, 10))


def write_zeros(path, byte_count):
    path.touch()
    os.truncate(path, byte_count)


TINY = {
    "model": {
        "type": "BPE",
        "byte_fallback": True,
        "vocab": {"<bos>": 0, "<0x00>": 1, "ab": 2, "a": 3, "b": 4, "▁": 5},
        "merges": [["a", "b"]],
    },
    "added_tokens": [{"id": 0, "content": "<bos>", "special": True}, {"id": 6, "content": "▁▁", "special": False}],
    "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
    "post_processor": {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    },
}


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_file(read, data):
    raw = data.draw(damaged_json(TINY) | damaged_bytes(json.dumps(TINY).encode()))
    vocabulary = read(raw, 8)
    if any(finding.severity is STOP for finding in vocabulary.findings):
        assert astuple(vocabulary)[2:5] == ((), (), ())
    else:
        expect_sound(vocabulary, 8)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_settings(read, data):
    texts = {"bos_token": "<bos>", "eos_token": {"content": "ab"}, "add_bos_token": True, "chat_template": "T"}
    config = {"model_type": "tiny", "eos_token_id": 2, "text_config": {"pad_token_id": 0}}
    damaged = (data.draw(damaged_json(value)) for value in (texts, config))
    expect_sound(read(TINY, 8, *damaged), 8)


def expect_sound(vocabulary: Vocabulary, rows):
    assert len(vocabulary.tokens) == len(vocabulary.scores) == len(vocabulary.types) == rows
    assert len(set(vocabulary.tokens)) == rows
    assert all(token.encode() or token == "" for token in vocabulary.tokens)
    assert all(0 <= token_id < rows for token_id in vocabulary.special_ids.values())
    assert all(isinstance(value, bool) for value in vocabulary.add_tokens.values())
