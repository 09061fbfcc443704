"""tokenizer.json in pieces is the same as the whole, sound or damaged, and no piece is long."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.checkpoint.json_files import MEBIBYTE, count_in
from app.core.tokenizer import in_pieces
from app.core.tokenizer.tokenizer_json import TokenizerError, TokenizerFile, TokenizerJson, check_ids, merge_pairs
from tests.damage import damaged_bytes
from tests.tiny_checkpoints import RESAVED_TOKENIZER

SAMPLE = RESAVED_TOKENIZER / "tokenizer.json"
PIECE = 16  # bytes; less than an entry has
VOCAB = {"a": 0, "b": 1, "ab": 2, '"vocab": {': 3, "},\n": 4, "],": 5, "taken out": 6}
PAIRS = [["a", "b"], ["],", "\n"], ["taken out", "merges"]]


def written(vocab=VOCAB, merges=PAIRS, **others) -> bytes:
    """As tokenizers writes it."""
    model = {"type": "BPE", "vocab": vocab, "merges": merges}
    return json.dumps({"added_tokens": [], **others, "model": model}, indent=2, ensure_ascii=False).encode()


def outcome(question):
    """The answer, or what is said instead."""
    try:
        return question()
    except (TokenizerError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        return str(error)


def whole(data: bytes) -> TokenizerJson:
    return check_ids(msgspec.json.decode(data, type=TokenizerJson))


@pytest.fixture
def read(tmp_path, monkeypatch):
    """The bytes of a tokenizer.json → the file, read in small pieces."""
    monkeypatch.setattr(in_pieces, "PIECE_BYTES", PIECE)

    def read_file(data: bytes) -> TokenizerFile:
        path = Path(tmp_path / "tokenizer.json")
        path.write_bytes(data)
        return TokenizerFile(path)

    return read_file


@pytest.fixture
def lengths(monkeypatch):
    """Of all that is decoded from now on."""
    found, decode = [], msgspec.json.decode

    def noted(data, **how):
        found.append(len(data))
        return decode(data, **how)

    monkeypatch.setattr(msgspec.json, "decode", noted)
    return found


@pytest.mark.parametrize("merges", [PAIRS, ["a b", "], \n"], [], [["a", "b"]]])
def test_same_as_whole(read, merges):
    data = written(merges=merges)
    file = read(data)
    assert file.decode() == whole(data)
    assert list(file.decode().model.vocab.items()) == list(VOCAB.items())
    assert merge_pairs(file.merges()) == [
        tuple(one) if isinstance(one, list) else tuple(one.split(" ")) for one in merges
    ]


def test_no_piece_is_long(read, lengths):
    entries = {f"token {number}": number for number in range(500)}
    file = read(written(entries, [["a", "b"]] * 500))
    assert file.decode().model.vocab == entries
    assert len(file.merges()) == 500
    assert max(lengths) < 400


def test_sample(read):
    file = read(SAMPLE.read_bytes())
    assert file.decode() == whole(file.data)
    assert len(file.merges()) > 100


@pytest.mark.parametrize(
    "data",
    [
        written(normalizer={"vocab": {"x": 1, "y": 2}, "merges": [["x", "y"]]}),
        written().replace(b'"merges"', b'"others"'),
        written().replace(b'"model": {', b'"model": {\n    "vocab": {\n      "x": 1\n    },', 1),
        written()[:-1] + b', "model": {"vocab": {}}}',
        written().replace(b'"taken out": 6\n', b'"taken out": 6,\n'),
        written().replace(b'"merges"\n      ]\n', b'"merges"\n      ],\n'),
        written().replace(b'"ab": 2,', b'"ab": 2,' + b" " * 40 + b",\n"),
        written().replace(b'"ab": 2', b'"ab": 2.5'),
        written().replace(b'"ab": 2', b'"a": 2'),
        written().replace(b'"b"\n', b"5\n"),
        b'{\n  "vocab": {\n',
    ],
)
def test_others_of_these_names_and_faults(read, data):
    assert outcome(lambda: read(data).decode()) == outcome(lambda: whole(data))


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged(read, data):
    raw = data.draw(damaged_bytes(written(merges=data.draw(st.sampled_from([PAIRS, ["a b", "b a"]])))))
    assert outcome(lambda: read(raw).decode()) == outcome(lambda: whole(raw))


def test_bytes_are_counted_across_steps():
    data = b"," * (MEBIBYTE + 3) + b"." + b"," * MEBIBYTE
    assert count_in(data, b",") == 2 * MEBIBYTE + 3
