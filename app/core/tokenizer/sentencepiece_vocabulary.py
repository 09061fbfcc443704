"""SentencePiece-style BPE with byte fallback → the arrays that llama.cpp's converter makes from tokenizer.model."""

import re
from typing import Any

from gguf import TokenType

from app.core.tokenizer.sentencepiece_scores import piece_ranks
from app.core.tokenizer.tokenizer_json import AddedToken, TokenizerError, TokenizerFile, TokenizerJson

SPACE = "▁"  # SentencePiece writes a space as U+2581
BYTE_PIECES = {f"<0x{value:02X}>" for value in range(256)}

# Scores of what is no normal piece: llama.cpp conversion/base.py, _create_vocab_sentencepiece
ADDED_SCORE, BYTE_SCORE, PADDING_SCORE = -1000.0, 0.0, -10000.0

# Tokens that publishers forgot to mark as special: same file, does_token_look_special
LOOKS_SPECIAL = re.compile(r"<pad>|<mask>|<2mass>|\[@BOS@\]|<\|.*\|>|<｜.*｜>|<unused.*>", re.DOTALL)

Entry = tuple[str, float, int]


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


def sentencepiece_entries(tokenizer: TokenizerJson, file: TokenizerFile, row_count: int) -> list[Entry]:
    """(text, score, type) for each of the embedding's `row_count` rows. Raises TokenizerError."""
    by_id = {token_id: text for text, token_id in tokenizer.model.vocab.items()}
    if len(by_id) != len(tokenizer.model.vocab):
        raise TokenizerError("gives the same id to two pieces")
    added = {token.id: _added_entry(token) for token in tokenizer.added_tokens}
    bytes_ = {i: (text, BYTE_SCORE, int(TokenType.BYTE)) for i, text in by_id.items() if text in BYTE_PIECES}
    pieces = [(i, by_id[i]) for i in sorted(by_id) if i not in added and i not in bytes_]
    ranks = piece_ranks([text for _, text in pieces], {token.content for token in tokenizer.added_tokens}, file)
    normal = int(TokenType.NORMAL)
    entries = {i: (text, -float(rank), normal) for (i, text), rank in zip(pieces, ranks, strict=True)}
    entries |= bytes_ | added
    return [entries.get(i) or _padding(i) for i in range(row_count)]


def _padding(token_id: int) -> Entry:
    return f"[PAD{token_id}]", PADDING_SCORE, int(TokenType.UNUSED)


def _added_entry(token: AddedToken) -> Entry:
    if token.special or LOOKS_SPECIAL.fullmatch(token.content):
        return token.content, ADDED_SCORE, int(TokenType.CONTROL)
    return token.content.replace(SPACE, " "), ADDED_SCORE, int(TokenType.USER_DEFINED)
