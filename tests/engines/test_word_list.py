"""PLaMo's vocabulary in llama.cpp: the cheapest way to cut a text up, as PLaMo's tokenizer finds it.

Its rule (tokenization_plamo.py of the published models): a token costs minus its score, in ten-thousandths; a character
may also become its bytes, for 1000; of two ways that cost the same, from the end of the text on, the one with the
longer token is taken. Tokens such as <|plamo:op|> stand apart.
"""

import json
import random
import re
from collections.abc import Iterator

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.verify.vocabulary.texts import TEXTS
from tests.core.tokenizer.word_list import ROWS, WORDS, lines, save_word_list
from tests.engines.expect_same_ends import expect_same_ends
from tests.engines.tokenizing import LlamaCppTokenizer, write_vocabulary
from tests.vocabulary_by_type import vocabulary_by_type

UNITS, UNKNOWN_COST = 10_000, 10_000_000
APART = re.compile(r"(<\|plamo:[^|\s]*\|>)")
IDS = {row[0]: i for i, row in enumerate(lines())}
COSTS = {row[0]: -round(row[1] * UNITS) for row in lines() if "BYTE" not in row}


def cheapest(text: str) -> Iterator[int]:
    """The ids of a text in which no token stands apart."""
    costs, tokens = [0] * (len(text) + 1), [""] * len(text)
    for start in reversed(range(len(text))):
        pieces = [piece for end in range(len(text), start, -1) if (piece := text[start:end]) in COSTS]
        ways = [(COSTS[piece] + costs[start + len(piece)], piece) for piece in pieces]
        ways.append((UNKNOWN_COST + costs[start + 1], ""))
        costs[start], tokens[start] = min(ways, key=lambda way: way[0])  # of several the first, the longest
    start = 0
    while start < len(text):
        piece = tokens[start]
        yield from [IDS[piece]] if piece else (IDS[f"<0x{byte:02X}>"] for byte in text[start].encode())
        start += len(piece) or 1


def expected(text: str) -> list[int]:
    parts = APART.split(text)
    return [i for part in parts for i in ([IDS[part]] if APART.fullmatch(part) else cheapest(part))]


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    folder = save_word_list(tmp_path_factory.mktemp("plamo"))
    (folder / "config.json").write_text(json.dumps({"model_type": "plamo3"}))
    return vocabulary_by_type(open_checkpoint(folder), ROWS)


@pytest.fixture(scope="module")
def llama_cpp(vocabulary, tmp_path_factory):
    with LlamaCppTokenizer(write_vocabulary(vocabulary, tmp_path_factory.mktemp("gguf") / "plamo.gguf")) as encode:
        yield encode


def test_same_ids(llama_cpp):
    picked = random.Random(1)
    made = ["".join(picked.choices([*WORDS, " ", "\n", "<|plamo:op|>", "ß"], k=12)) for _ in range(60)]
    texts = [*TEXTS, *made, "<|plamo:unk|>a<|plamo:eos|>"]
    pairs = [(text, llama_cpp(text), expected(text)) for text in texts if not text.startswith("\ufeff")]
    assert [(text, ours, theirs) for text, ours, theirs in pairs if ours != theirs] == []


def test_ends(vocabulary, llama_cpp):
    expect_same_ends(vocabulary, llama_cpp, [300, 350])
