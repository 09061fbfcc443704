"""Tokenizer files, damaged with a purpose: pieces, merges, added tokens, expressions, templates."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.damage import AGAIN, VALUES, damaged_bytes, damaged_json, dumps

IDS = st.sampled_from(
    [-1, 0, 1, 2, 255, 1791, 1792, 4000, 2**31 - 1, 2**31, 2**32, 2**63, 2**64, 10**30, 1.5, "1", None]
)
TEXTS = st.sampled_from(
    [
        *("", " ", "\0", "\n", "▁", "Ġ", "<bos>", "<eos>", "<pad>", "<0x00>", "<0xZZ>", "<|im_end|>", "[PAD5]"),
        *("\x1b[2J", "\u202e", "a" * 100_000, "e\u0301", "\U0010ffff", "a b"),
    ]
)
EXPRESSIONS = ["(a+)+$", "(", "(?<=a", "[\\p{L}", "a{1,99999999}", "", "\\s+(?!\\S)|\\s+", "(?i:" * 500 + ")" * 500]
STEPS: Any = [
    *({"type": "Split", "pattern": {"Regex": e}, "behavior": "Isolated", "invert": False} for e in EXPRESSIONS),
    *(
        {"type": kind}
        for kind in ("ByteLevel", "Metaspace", "NFC", "Digits", "Nonsense", "Sequence", "TemplateProcessing")
    ),
    {"type": "Sequence", "normalizers": [{"type": "Sequence", "normalizers": 5}], "pretokenizers": [5, None, {}]},
    {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": 5}}, {}, 5], "pair": {"a": 5}},
    {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<far>"}}, {"Sequence": {"id": "A"}}],
        "pair": [],
    },
    {"type": "Replace", "pattern": {"String": " "}, "content": "x" * 10_000},
]


@st.composite
def damaged_tokenizer(draw, path: Path) -> bytes:
    """A tokenizer.json, vocab.json, added_tokens.json, merges.txt, tokenizer.model or tokenizer.jsonl."""
    raw = path.read_bytes()
    if path.name == "merges.txt":
        return draw(damaged_bytes(raw) | st.lists(TEXTS, max_size=5).map(lambda lines: raw + "\n".join(lines).encode()))
    if path.suffix == ".model":
        return draw(
            damaged_bytes(raw) | st.builds(_cut_out, st.just(raw), st.integers(0, len(raw)), st.integers(1, 4000))
        )
    if path.suffix == ".jsonl":
        return draw(damaged_bytes(raw) | damaged_lines(raw))
    value = json.loads(raw)
    ways = [damaged_bytes(raw), damaged_json(value)]
    if path.name != "tokenizer.json":
        value |= {draw(TEXTS): draw(IDS), AGAIN + next(iter(value)): draw(IDS)}
        return draw(st.one_of(st.just(dumps(value)), *ways))
    damages = draw(st.sampled_from([ODDITIES, DAMAGES]))
    for _ in range(draw(st.integers(1, 3))):
        if _is_whole(value):
            draw(st.sampled_from(damages))(draw, value)
    is_all = damages is ODDITIES or draw(st.integers(0, 2))
    return dumps(value) if is_all else draw(st.one_of(ways))


@st.composite
def damaged_lines(draw, raw: bytes) -> bytes:
    """One to three lines replaced, put in or taken out: by others of their kind, or by any JSON."""
    lines = raw.splitlines()
    scores = st.sampled_from([0, -1000, -1000.5, 1e38, 1e39, -214748, -214749, "1", None, True]) | st.floats()
    kinds = st.sampled_from(["BYTE", "NORMAL", "CONTROL", "UNKNOWN", "", "OTHER", 5, None])
    line = st.tuples(TEXTS, scores, kinds) | VALUES
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(lines)))
        lines[place : place + draw(st.integers(0, 2))] = map(dumps, draw(st.lists(line, max_size=2)))
    return b"\n".join(lines)


def _is_whole(value: Any) -> bool:
    model, tokens = value["model"], value["added_tokens"]
    if not isinstance(model, dict) or not isinstance(tokens, list):
        return False
    vocab = model.get("vocab")
    return isinstance(vocab, dict) and isinstance(model.get("merges"), list) and len(vocab) > 0


def _cut_out(raw: bytes, start: int, length: int) -> bytes:
    return raw[:start] + raw[start + length :]


def _pieces(draw: Any, value: Any) -> None:
    vocab = value["model"]["vocab"]
    keys = list(vocab)
    piece = keys[draw(st.integers(0, len(keys) - 1))]
    match draw(st.integers(0, 4)):
        case 0:
            vocab[piece] = draw(IDS)
        case 1:
            del vocab[piece]
        case 2:
            vocab[draw(TEXTS)] = draw(IDS)
        case 3:
            vocab[AGAIN + piece] = vocab[piece]
        case _:
            vocab[draw(TEXTS)] = vocab.pop(piece)


def _merges(draw: Any, value: Any) -> None:
    merges = value["model"]["merges"]
    place = draw(st.integers(0, len(merges)))
    pair = draw(st.lists(TEXTS, max_size=3) | st.sampled_from(["a", "a b", "a b c", " ", "", 5, None]))
    match draw(st.integers(0, 4)):
        case 0:
            merges[place : place + 1] = [pair]
        case 1:
            merges.insert(place, pair)
        case 2:
            merges.reverse()
        case 3:
            merges[place:] = []
        case _:
            value["model"]["merges"] = draw(VALUES)


def _added(draw: Any, value: Any) -> None:
    token: Any = {"id": draw(IDS), "content": draw(TEXTS), "special": draw(st.booleans())}
    token |= draw(
        st.dictionaries(st.sampled_from(["id", "content", "special", "lstrip", "rstrip"]), VALUES, max_size=1)
    )
    tokens = value["added_tokens"]
    place = draw(st.integers(0, len(tokens)))
    tokens[place : place + draw(st.integers(0, 1))] = [token] * draw(st.integers(0, 2))


def _steps(draw: Any, value: Any) -> None:
    part = draw(st.sampled_from(["normalizer", "pre_tokenizer", "post_processor", "decoder"]))
    value[part] = draw(st.sampled_from(STEPS) | VALUES)


def _model(draw: Any, value: Any) -> None:
    key = draw(st.sampled_from(["type", "byte_fallback", "ignore_merges", "unk_token", "fuse_unk"]))
    value["model"][key] = draw(VALUES | st.sampled_from(["BPE", "Unigram", "WordPiece", "WordLevel", True, False]))


def _part(draw: Any, value: Any) -> None:
    value[draw(st.sampled_from(["model", "added_tokens", "version", "truncation", "padding"]))] = draw(VALUES)


def _one_more(draw: Any, value: Any) -> None:
    """A token of a fine-tune, with a row of its own or without, or a known one with other marks."""
    tokens, vocab = value["added_tokens"], value["model"]["vocab"]
    if tokens and draw(st.integers(0, 2)):
        token = tokens[draw(st.integers(0, len(tokens) - 1))]
    else:
        last = max(*vocab.values(), *(token["id"] for token in tokens))
        token = {"id": last + draw(st.integers(1, 3)), "content": draw(st.text(min_size=1, max_size=9))}
        tokens.append(token)
    token |= {mark: draw(st.booleans()) for mark in ("special", "lstrip", "rstrip")}


def _other_piece(draw: Any, value: Any) -> None:
    """Under the same id."""
    vocab = value["model"]["vocab"]
    pieces = list(vocab)
    piece = pieces[draw(st.integers(0, len(pieces) - 1))]
    token_id = vocab.pop(piece)
    vocab[draw(TEXTS | st.text(max_size=5))] = token_id


def _other_steps(draw: Any, value: Any) -> None:
    """A text is changed, cut up or put together otherwise; what says nothing about the kind of tokenizer."""
    value[draw(st.sampled_from(["normalizer", "post_processor", "decoder", "padding"]))] = draw(st.sampled_from(STEPS))


ODDITIES = [_one_more, _one_more, _other_piece, _other_steps]
DAMAGES = [_pieces, _pieces, _merges, _merges, _added, _added, _steps, _steps, _model, _part]
