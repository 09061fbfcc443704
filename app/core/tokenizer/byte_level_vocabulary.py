"""Byte-level BPE → the arrays of llama.cpp's kind "gpt2": tokens, types, merges.

The same as llama.cpp's conversion/base.py, get_vocab_base.
"""

from itertools import repeat

from gguf import TokenType

from app.core.in_steps import in_steps
from app.core.text import text
from app.core.tokenizer.arrays import NORMAL, Arrays, added_kind, check_unique, padded_arrays
from app.core.tokenizer.tokenizer_json import MergeList, Merges, TokenizerError, TokenizerJson, merge_pairs

NO_MERGES = text("it has no merges, which llama.cpp needs")
ENCODED_SPACE = "Ġ"  # how byte-level BPE writes the byte 0x20; in a merge a space stands between the two parts


def byte_level_arrays(tokenizer: TokenizerJson, merges: Merges, row_count: int) -> Arrays:
    """The arrays for an embedding of `row_count` rows, without scores. Raises TokenizerError."""
    arrays = _tokens(tokenizer, row_count)
    joined = [merge for some in in_steps(merges.merges()) for merge in _joined(some)]
    if not joined:
        raise TokenizerError(NO_MERGES)
    arrays.scores.clear()
    arrays.merges.extend(joined)
    check_unique(arrays.texts)
    return arrays


def _joined(merges: MergeList) -> list[str]:
    """As GGUF holds them; few have a space in one of their parts. Raises TokenizerError."""
    joined = [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]
    if set(map(str.count, joined, repeat(" "))) <= {1}:
        return joined
    return [" ".join(part.replace(" ", ENCODED_SPACE) for part in pair) for pair in merge_pairs(merges)]


def _tokens(tokenizer: TokenizerJson, row_count: int) -> Arrays:
    arrays = padded_arrays(tokenizer.model.texts, row_count)
    for token_id in tokenizer.model.texts:
        if token_id < row_count:
            arrays.types[token_id] = NORMAL
    for token in tokenizer.added_tokens:
        written, kind = added_kind(token)
        arrays.put(token.id, written, 0.0, kind)
    return arrays


def gemma4_arrays(tokenizer: TokenizerJson, merges: Merges, row_count: int) -> Arrays:
    """Gemma 4's: SentencePiece texts, but merges. Raises TokenizerError.

    llama.cpp conversion/gemma.py, Gemma4Model.set_vocab: one score for all, and tokens that a program must see.
    """
    arrays = _tokens(tokenizer, row_count)
    arrays.scores[:] = [GEMMA4_SCORE] * row_count
    arrays.merges.extend(f"{left} {right}" for left, right in merge_pairs(merges.merges()))
    if not arrays.merges:
        raise TokenizerError(NO_MERGES)
    for token_id, token in enumerate(arrays.texts):
        if token in GEMMA4_VISIBLE:
            arrays.types[token_id] = int(TokenType.USER_DEFINED)
        elif token.startswith("<0x") and len(token) == len("<0x00>") and arrays.types[token_id] == NORMAL:
            arrays.types[token_id] = int(TokenType.BYTE)
    check_unique(arrays.texts)
    return arrays


GEMMA4_SCORE = -1000.0
GEMMA4_VISIBLE = {
    "<|channel>",
    "<channel|>",
    "<|tool_call>",
    "<tool_call|>",
    "<|tool_response>",
    "<tool_response|>",
    '<|"|>',
}
