"""Ranks follow from the order of ids, where the merges follow it too."""

import hashlib

import pytest
from gguf import TokenType

from app.core import in_steps
from app.core.tokenizer.known_pieces import CHARACTER_GAPS
from tests.expect_finding import STOP, expect_finding
from tests.tiny_checkpoints import SAMPLE_TOKENIZER, row_count

ROWS = row_count(SAMPLE_TOKENIZER)


def normal_merges(tokenizer):
    """Places of merges whose result is no added token."""
    added = {token["content"] for token in tokenizer["added_tokens"]}
    return [i for i, (left, right) in enumerate(tokenizer["model"]["merges"]) if left + right not in added]


def test_old_form_of_merges(read, sample):
    """Before tokenizers 0.20 a merge was one string."""
    expected = read(sample, ROWS).scores
    sample["model"]["merges"] = [" ".join(pair) for pair in sample["model"]["merges"]]
    assert read(sample, ROWS).scores == expected
    assert expected[-1] < -100


@pytest.mark.parametrize("merge", ["ab", "a b c", ""])
def test_merge_that_is_not_understood(read, sample, merge):
    sample["model"]["merges"][3] = merge
    expect_refusal(read(sample, ROWS), "not understood")


@pytest.mark.parametrize("merge", [["a"], ["a", "b", "c"], ["a", 1], 5, None])
def test_merge_of_another_form(read, sample, merge):
    sample["model"]["merges"][3] = merge
    expect_refusal(read(sample, ROWS), "model.merges")


def test_merges_in_another_order(read, sample):
    """tokenizers applies the first merge first, llama.cpp the piece with the best score."""
    places, merges = normal_merges(sample), sample["model"]["merges"]
    merges[places[0]], merges[places[-1]] = merges[places[-1]], merges[places[0]]
    expect_refusal(read(sample, ROWS), "scores cannot express")


def test_merge_to_no_piece(read, sample):
    sample["model"]["merges"].append(["q", "▁zzz"])
    expect_refusal(read(sample, ROWS), "scores cannot express")


def test_merge_that_is_missing(read, sample):
    """llama.cpp joins any two neighbours that make a piece, whether there is a merge or not."""
    del sample["model"]["merges"][normal_merges(sample)[0]]
    expect_refusal(read(sample, ROWS), "which SentencePiece would")


def test_endless_piece(read, sample):
    sample["model"]["vocab"]["a" * 10_000_000] = ROWS
    expect_refusal(read(sample, ROWS + 1), "10,000,000 characters")


def test_no_merges_at_all(read, sample):
    del sample["model"]["merges"]
    expect_refusal(read(sample, ROWS), "which SentencePiece would")


def expect_refusal(vocabulary, words):
    finding = expect_finding(vocabulary.findings, "bad-tokenizer", STOP, "tokenizer.json")
    assert words in finding.what


@pytest.mark.parametrize("step", [in_steps.STEP, 3])
def test_published_model_with_a_gap_before_its_characters(read, sample, step, monkeypatch):
    """The scores of a known model; its merges are not read again."""
    monkeypatch.setattr(in_steps, "STEP", step)
    plain = read(sample, ROWS)
    normal = [i for i, kind in enumerate(plain.types) if kind == TokenType.NORMAL]
    digest = hashlib.sha256("\n".join(plain.tokens[i] for i in normal).encode()).hexdigest()
    monkeypatch.setitem(CHARACTER_GAPS, digest, 31)
    del sample["model"]["merges"]
    known = read(sample, ROWS)
    shifts = [(len(plain.tokens[i]) == 1, plain.scores[i] - known.scores[i]) for i in normal]
    assert set(shifts) == {(False, 0.0), (True, 31.0)}


def test_characters_before_the_merges(read):
    """Scores fall with the ids there too."""
    tokenizer = {
        "model": {
            "type": "BPE",
            "byte_fallback": True,
            "vocab": {"<unk>": 0, "a": 1, "b": 2, "ab": 3, "abab": 4},
            "merges": [["a", "b"], ["ab", "ab"]],
        },
        "added_tokens": [{"id": 0, "content": "<unk>", "special": True}],
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
    }
    assert read(tokenizer, 5).scores == (-1000.0, 0.0, -1.0, -2.0, -3.0)
