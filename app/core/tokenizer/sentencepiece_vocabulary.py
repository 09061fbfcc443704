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

BYTE_PIECES = {f"<0x{value:02X}>": value for value in range(256)}


def sentencepiece_arrays(
    tokenizer: TokenizerJson, merges: Merges, row_count: int, published: Mapping[str, float] | None = None
) -> Arrays:
    """The arrays for an embedding of `row_count` rows. `published`: scores by piece, from tokenizer.model.

    Raises TokenizerError.
    """
    arrays = padded_arrays(tokenizer.model.texts, row_count)
    byte_ids = _byte_ids(tokenizer.model.ids)
    normal = dict(tokenizer.model.texts)
    for token_id in (*byte_ids, *(token.id for token in tokenizer.added_tokens)):
        normal.pop(token_id, None)
    pieces = sorted(normal)
    texts = list(map(normal.__getitem__, pieces))
    for token_id, score in zip(pieces, _scores(tokenizer, merges, texts, published), strict=True):
        if token_id < row_count:
            arrays.scores[token_id] = score
            arrays.types[token_id] = NORMAL
    for token_id, piece in byte_ids.items():
        arrays.put(token_id, piece, BYTE_SCORE, TokenType.BYTE)
    for token in tokenizer.added_tokens:
        text, kind = added_kind(token)
        arrays.put(token.id, text, ADDED_SCORE, kind)
    check_unique(arrays.texts)
    return arrays


def _byte_ids(vocab: Mapping[str, int]) -> dict[int, str]:
    """The byte pieces by id. Gemma 1 and 2 call the one of the tabulator by its character in tokenizer.json."""
    found = {vocab[piece]: piece for piece in BYTE_PIECES if piece in vocab}
    first = vocab.get("<0x00>")
    for piece, value in BYTE_PIECES.items():
        if piece not in vocab and first is not None and vocab.get(chr(value)) == first + value:
            found[first + value] = piece
    return found


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
