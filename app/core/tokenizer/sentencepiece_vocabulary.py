"""SentencePiece-style BPE with byte fallback → the arrays that llama.cpp's converter makes from tokenizer.model."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from gguf import TokenType

from app.core.tokenizer.sentencepiece_scores import piece_ranks
from app.core.tokenizer.tokenizer_json import AddedToken, TokenizerError, TokenizerFile, TokenizerJson

SPACE = "▁"  # SentencePiece writes a space as U+2581
NORMAL, UNUSED = int(TokenType.NORMAL), int(TokenType.UNUSED)
BYTE_PIECES = {f"<0x{value:02X}>" for value in range(256)}

# Scores of what is no normal piece: llama.cpp conversion/base.py, _create_vocab_sentencepiece
ADDED_SCORE, BYTE_SCORE, PADDING_SCORE = -1000.0, 0.0, -10000.0

# Tokens that publishers forgot to mark as special: same file, does_token_look_special
LOOKS_SPECIAL = re.compile(r"<pad>|<mask>|<2mass>|\[@BOS@\]|<\|.*\|>|<｜.*｜>|<unused.*>", re.DOTALL)


@dataclass(frozen=True)
class Arrays:
    """Text, score and type of every token, each in a list of its own: 262,144 tuples would cost a quarter second."""

    texts: list[str]
    scores: list[float]
    types: list[int]

    def put(self, token_id: int, text: str, score: float, kind: TokenType) -> None:
        """Set one token; an id beyond the rows is left out."""
        if token_id < len(self.texts):
            self.texts[token_id], self.scores[token_id], self.types[token_id] = text, score, int(kind)


def is_sentencepiece(tokenizer: TokenizerJson) -> bool:
    """BPE that falls back to bytes and writes spaces as ▁."""
    model = tokenizer.model
    return model.type == "BPE" and model.byte_fallback is True and _replaces_spaces(tokenizer.normalizer)


def _replaces_spaces(normalizer: Any) -> bool:
    if not isinstance(normalizer, dict):
        return False
    steps = normalizer.get("normalizers", [normalizer])
    return isinstance(steps, list) and any(
        isinstance(step, dict) and step.get("type") == "Replace" and step.get("content") == SPACE for step in steps
    )


def sentencepiece_arrays(tokenizer: TokenizerJson, file: TokenizerFile, row_count: int) -> Arrays:
    """The arrays for an embedding of `row_count` rows. Raises TokenizerError."""
    vocab = tokenizer.model.vocab
    by_id = dict(zip(vocab.values(), vocab.keys(), strict=True))
    if len(by_id) != len(vocab):
        raise TokenizerError("gives the same id to two pieces")
    added = {token.id for token in tokenizer.added_tokens}
    pieces = [i for i in sorted(by_id) if i not in added and by_id[i] not in BYTE_PIECES]
    ranks = piece_ranks([by_id[i] for i in pieces], {token.content for token in tokenizer.added_tokens}, file)
    arrays = Arrays(
        [by_id.get(i) or f"[PAD{i}]" for i in range(row_count)], [PADDING_SCORE] * row_count, [UNUSED] * row_count
    )
    for token_id, rank in zip(pieces, ranks, strict=True):
        if token_id < row_count:
            arrays.scores[token_id] = -float(rank)
            arrays.types[token_id] = NORMAL
    for piece in BYTE_PIECES & vocab.keys():
        arrays.put(vocab[piece], piece, BYTE_SCORE, TokenType.BYTE)
    for token in tokenizer.added_tokens:
        arrays.put(token.id, *_added(token))
    _check_unique(arrays.texts)
    return arrays


def _check_unique(texts: list[str]) -> None:
    """llama.cpp ends the whole program on a text that has two ids (src/llama-vocab.cpp, GGML_ASSERT after loading)."""
    if len(set(texts)) < len(texts):
        text, _ = Counter(texts).most_common(1)[0]
        raise TokenizerError(f"has more than one token with the text {text!r:.60}")


def _added(token: AddedToken) -> tuple[str, float, TokenType]:
    if token.special or LOOKS_SPECIAL.fullmatch(token.content):
        return token.content, ADDED_SCORE, TokenType.CONTROL
    return token.content.replace(SPACE, " "), ADDED_SCORE, TokenType.USER_DEFINED
