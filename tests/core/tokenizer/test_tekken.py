"""A folder whose only tokenizer is Mistral's tekken.json has the vocabulary that its tokenizer.json would give."""

import json
from dataclasses import replace

import pytest
from gguf import TokenType

from app.core.checkpoint import open_checkpoint
from app.core.tokenizer.pre_tokenizer import RecognisedBy
from tests.core.tokenizer.tekken_by_hand import CUT, ROWS, SPECIAL_COUNT, WORDS, tekken, tekken_of
from tests.expect_finding import STOP, expect_finding
from tests.vocabulary_by_type import vocabulary_by_type


@pytest.fixture
def read_tekken(tmp_path):
    def read_folder(data, rows=ROWS, config=None):
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        (tmp_path / "tekken.json").write_bytes(raw)
        (tmp_path / "config.json").write_text(json.dumps({"model_type": "mistral", **(config or {})}))
        return vocabulary_by_type(open_checkpoint(tmp_path), rows)

    return read_folder


def test_tokens_and_merges(read_tekken):
    """The values: mistral_common 1.13 and llama.cpp's MistralVocab with this very file."""
    vocabulary = read_tekken(tekken())
    assert (vocabulary.model, vocabulary.pre_tokenizer) == ("gpt2", "tekken")
    assert vocabulary.recognised_by is RecognisedBy.EXPRESSIONS
    assert vocabulary.tokens[:4] == ("<unk>", "<s>", "</s>", "[INST]")
    assert vocabulary.tokens[19:SPECIAL_COUNT] == ("[TOOL_CONTENT]", *(f"<SPECIAL_{i}>" for i in range(20, 24)))
    assert vocabulary.tokens[SPECIAL_COUNT] == "Ā"
    assert vocabulary.tokens[-len(WORDS) :] == ("he", "ll", "lo", "hell", "hello", "Ġhello", "Ã©")
    assert CUT.decode() not in vocabulary.tokens
    assert len(vocabulary.tokens) == ROWS
    assert set(vocabulary.types[:SPECIAL_COUNT]) == {TokenType.CONTROL}
    assert set(vocabulary.types[SPECIAL_COUNT:]) == {TokenType.NORMAL}
    # every pair of halves, by the rank of what they make, then of the left and of the right one
    assert vocabulary.merges == ("h e", "l l", "l o", "he ll", "hell o", "Ġ hello", "Ã ©")


def test_a_text_starts_with_bos_and_ends_with_nothing(read_tekken):
    """llama.cpp's converter writes the same, whatever config.json says (conversion/base.py, _set_vocab_mistral)."""
    vocabulary = read_tekken(tekken(), config={"bos_token_id": 2, "eos_token_id": 1})
    ids = {role: vocabulary.special_ids[role] for role in ("bos", "eos", "unk", "pad")}
    assert ids == {"bos": 1, "eos": 2, "unk": 0, "pad": 11}
    assert vocabulary.add_tokens == {"bos": True, "eos": False}


def test_special_tokens_that_are_listed(read_tekken):
    data = tekken()
    names = ["<unk>", "<s>", "</s>", "[THINK]"]
    data["special_tokens"] = [{"rank": i, "token_str": name, "is_control": True} for i, name in enumerate(names)]
    tokens = read_tekken(data).tokens
    assert tokens[: len(names)] == tuple(names)
    assert tokens[len(names) : SPECIAL_COUNT] == tuple(f"<SPECIAL_{i}>" for i in range(len(names), SPECIAL_COUNT))


def test_tokenizer_json_comes_first(read_tekken, tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    expect_finding(read_tekken(tekken()).findings, "bad-tokenizer", STOP, "tokenizer.json")


def _with(**changes):
    data = tekken()
    for key, value in changes.items():
        data["config"][key] = value
    return data


def _with_token(number, **changes):
    data = tekken()
    data["vocab"][number] |= changes
    return data


def _with_special(*specials):
    return {**tekken(), "special_tokens": [{"rank": rank, "token_str": token} for rank, token in specials]}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b"version https://git-lfs.github.com/spec/v1\n",
        {},
        _with(default_vocab_size=10**12),
        _with(default_vocab_size=-1),
        _with(default_num_special_tokens=10**9),
        _with(default_num_special_tokens=-1),
        _with(default_num_special_tokens=3),
        _with(pattern=7),
        _with_token(3, rank=4),
        _with_token(65, token_bytes="QkI="),
        _with_token(257, token_bytes=""),
        _with_token(257, token_bytes="###"),
        _with_token(257, token_bytes="aGU="),
        _with_token(257, token_bytes="YSBmaW5lIG1lc3M="),
        _with_token(257, token_bytes="QUFB" * 1000),
        _with_special((1, "<unk>"), (0, "<s>")),
        _with_special((0, "<s>"), (1, "<s>")),
    ],
)
def test_what_cannot_be_right_stops_with_the_file(read_tekken, data):
    expect_finding(read_tekken(data).findings, "bad-tokenizer", STOP, "tekken.json")


@pytest.mark.slow_real_model
def test_mistral_nemo(read_tekken, tmp_path, real_tokenizer):
    """Its tokenizer.json has the merges that transformers derived: 269,443 of them."""
    published = json.loads((real_tokenizer("mistral_nemo") / "tokenizer.json").read_text(encoding="utf-8"))
    rows = 131_072
    from_tekken = read_tekken(tekken_of(published, 1000), rows)
    (tmp_path / "tokenizer.json").write_text(json.dumps(published))
    from_json = vocabulary_by_type(open_checkpoint(tmp_path), rows)
    same = {name: getattr(from_json, name) for name in ("tokens", "types", "merges", "scores", "pre_tokenizer")}
    assert replace(from_tekken, **same) == from_tekken
