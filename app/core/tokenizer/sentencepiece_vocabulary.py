"""SentencePiece-style BPE with byte fallback → the arrays that llama.cpp's converter makes from tokenizer.model."""

from collections.abc import Mapping

from gguf import TokenType

from app.core.tokenizer.arrays import (
    ADDED_SCORE,
    BYTE_SCORE,
    NORMAL,
    Arrays,
    added_kind,
    check_unique,
    padded_arrays,
)
from app.core.tokenizer.sentencepiece_scores import piece_scores
from app.core.tokenizer.tokenizer_json import Merges, TokenizerJson

BYTE_PIECES = {f"<0x{value:02X}>" for value in range(256)}


def sentencepiece_arrays(
    tokenizer: TokenizerJson, merges: Merges, row_count: int, published: Mapping[str, float] | None = None
) -> Arrays:
    """The arrays for an embedding of `row_count` rows. `published`: scores by piece, from tokenizer.model.

    Raises TokenizerError.
    """
    vocab = tokenizer.model.ids
    by_id = dict(zip(vocab.values(), vocab.keys(), strict=True))
    added = {token.id for token in tokenizer.added_tokens}
    pieces = [i for i in sorted(by_id) if i not in added and by_id[i] not in BYTE_PIECES]
    arrays = padded_arrays(by_id, row_count)
    for token_id, score in zip(pieces, _scores(tokenizer, merges, [by_id[i] for i in pieces], published), strict=True):
        if token_id < row_count:
            arrays.scores[token_id] = score
            arrays.types[token_id] = NORMAL
    for piece in BYTE_PIECES & vocab.keys():
        arrays.put(vocab[piece], piece, BYTE_SCORE, TokenType.BYTE)
    for token in tokenizer.added_tokens:
        text, kind = added_kind(token)
        arrays.put(token.id, text, ADDED_SCORE, kind)
    check_unique(arrays.texts)
    return arrays


def _scores(
    tokenizer: TokenizerJson, merges: Merges, pieces: list[str], published: Mapping[str, float] | None
) -> list[float]:
    if not isinstance(tokenizer.model.vocab, dict):  # unigram: the scores are there
        own = dict(tokenizer.model.vocab)
        return [own[piece] for piece in pieces]
    if published is not None and all(piece in published for piece in pieces):
        return [published[piece] for piece in pieces]
    added = {token.content for token in tokenizer.added_tokens}
    return piece_scores(pieces, added, merges)
