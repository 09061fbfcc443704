"""tokenizer.model: alone, and as the source of scores beside a tokenizer.json."""

import json
import shutil

import pytest
from sentencepiece.sentencepiece_model_pb2 import ModelProto  # type: ignore[attr-defined]

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.tokenizer_files import find_tokenizer
from tests.core.tokenizer.sample_settings import SETTINGS
from tests.core.tokenizer.sentencepiece_rows import entries, from_sentencepiece
from tests.expect_finding import STOP, expect_finding
from tests.tiny_checkpoints import SAMPLE_TOKENIZER, row_count
from tests.vocabulary_by_type import vocabulary_by_type

ROWS = row_count(SAMPLE_TOKENIZER)


@pytest.fixture
def only_model(tmp_path):
    for name in ("tokenizer.model", "tokenizer_config.json"):
        shutil.copy(SAMPLE_TOKENIZER / name, tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "tiny"}')
    return tmp_path


def test_without_tokenizer_json(only_model):
    vocabulary = vocabulary_by_type(open_checkpoint(only_model), ROWS)
    assert entries(vocabulary) == from_sentencepiece()
    assert (vocabulary.model, vocabulary.add_space_prefix) == ("llama", False)
    assert vocabulary.special_ids["bos"] == 2


def test_tokens_of_added_tokens_json(only_model):
    (only_model / "added_tokens.json").write_text(json.dumps({"<think>": ROWS, "<far>": ROWS + 9, "<bad>": -1}))
    vocabulary = vocabulary_by_type(open_checkpoint(only_model), ROWS + 1)
    assert vocabulary.tokens[ROWS] == "<think>"


@pytest.mark.parametrize("data", [b"", b"\xff" * 99])
def test_broken_model(only_model, data):
    (only_model / "tokenizer.model").write_bytes(data)
    vocabulary = vocabulary_by_type(open_checkpoint(only_model), ROWS)
    expect_finding(vocabulary.findings, "bad-tokenizer", STOP, "tokenizer.model")


def test_two_pieces_with_one_text(only_model):
    model = ModelProto.FromString((only_model / "tokenizer.model").read_bytes())
    model.pieces[-1].piece = model.pieces[-2].piece
    (only_model / "tokenizer.model").write_bytes(model.SerializeToString())
    vocabulary = vocabulary_by_type(open_checkpoint(only_model), ROWS)
    expect_finding(vocabulary.findings, "bad-tokenizer", STOP, "tokenizer.model")


@pytest.mark.parametrize("key", ["1" * 5000, "99999999999", "-1", "1.0", "x"])
def test_ids_that_are_none_are_left_out(only_model, key):
    settings = json.loads((only_model / "tokenizer_config.json").read_text())
    settings["added_tokens_decoder"] = {key: {"content": "<new>"}}
    (only_model / "tokenizer_config.json").write_text(json.dumps(settings))
    vocabulary = vocabulary_by_type(open_checkpoint(only_model), ROWS)
    assert len(vocabulary.tokens) == ROWS
    assert "<new>" not in vocabulary.tokens


def test_tiktoken_file_under_that_name(only_model):
    """As Meta publishes Llama 3."""
    (only_model / "tokenizer.model").write_bytes(b"IQ== 0\nIg== 1\n")
    vocabulary = vocabulary_by_type(open_checkpoint(only_model), ROWS)
    assert "tiktoken" in expect_finding(vocabulary.findings, "bad-tokenizer", STOP, "tokenizer.model").what


@pytest.mark.parametrize("name", ["qwen.tiktoken", "tiktoken.model"])
def test_only_a_tiktoken_file(only_model, name):
    """As Qwen's first models and Kimi K2 have it."""
    (only_model / "tokenizer.model").rename(only_model / name)
    _, findings = find_tokenizer(only_model)
    expect_finding(findings, "only-tiktoken", STOP, name)


def test_scores_beside_a_tokenizer_json(read, sample, tmp_path):
    """The merges are then not needed."""
    del sample["model"]["merges"]
    shutil.copy(SAMPLE_TOKENIZER / "tokenizer.model", tmp_path)
    assert entries(read(sample, ROWS, SETTINGS)) == from_sentencepiece()
    (tmp_path / "tokenizer.model").write_bytes(b"\xff")
    expect_finding(read(sample, ROWS, SETTINGS).findings, "bad-tokenizer", STOP, "tokenizer.json")
