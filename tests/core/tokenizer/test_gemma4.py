"""Gemma 4's kind: the pieces of SentencePiece, but merges; some rules are its own."""

import pytest
from gguf import TokenType

from tests.core.tokenizer.sample_settings import SETTINGS
from tests.expect_finding import STOP, expect_finding
from tests.tiny_checkpoints import SAMPLE_TOKENIZER, row_count

ROWS = row_count(SAMPLE_TOKENIZER)
CONFIG = {"model_type": "gemma4_text"}


@pytest.fixture
def with_visible(sample):
    """A token that a program must see, and one that need not be seen."""
    for i, text in enumerate(["<|tool_call>", "<|turn>"]):
        sample["added_tokens"].append({"id": ROWS + i, "content": text, "special": True})
    return sample


def test_arrays(read, with_visible):
    other, vocabulary = read(with_visible, ROWS + 3), read(with_visible, ROWS + 3, SETTINGS, CONFIG)
    assert (other.model, vocabulary.model, vocabulary.pre_tokenizer) == ("llama", "gemma4", "")
    assert vocabulary.tokens == other.tokens
    assert set(vocabulary.scores) == {-1000.0}
    user, control, unused = TokenType.USER_DEFINED, TokenType.CONTROL, TokenType.UNUSED
    assert vocabulary.types == (*other.types[:ROWS], user, control, unused)
    assert TokenType.BYTE in vocabulary.types
    assert vocabulary.merges == tuple(map(" ".join, with_visible["model"]["merges"]))


def test_flags(read, sample):
    sample["post_processor"] = None
    vocabulary = read(sample, ROWS, {**SETTINGS, "add_bos_token": False}, CONFIG)
    assert (vocabulary.add_tokens["bos"], vocabulary.add_space_prefix) == (True, False)


def test_no_merges(read, sample):
    sample["model"]["merges"] = []
    finding = expect_finding(read(sample, ROWS, SETTINGS, CONFIG).findings, "bad-tokenizer", STOP, "tokenizer.json")
    assert "no merges" in finding.what
