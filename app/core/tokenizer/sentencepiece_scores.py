"""The scores that a SentencePiece BPE model had before it became a tokenizer.json."""

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence

from app.core.tokenizer.known_pieces import CHARACTER_GAPS
from app.core.tokenizer.tokenizer_json import TokenizerError, TokenizerFile


def piece_ranks(pieces: Sequence[str], added_texts: Container[str], file: TokenizerFile) -> list[int]:
    """Ranks of the normal pieces, given in the order of their ids: merged ones first, then single characters.

    A score is minus the rank. Raises TokenizerError when the merges do not follow the order of ids: then scores could
    not make llama.cpp tokenize as the tokenizer does.
    """
    gap = CHARACTER_GAPS.get(hashlib.sha256("\n".join(pieces).encode()).hexdigest())
    if gap is None:  # a published vocabulary was checked when it was written down
        _check_merges(file.merges(), {piece: rank for rank, piece in enumerate(pieces)}, added_texts)
        gap = 0
    first_character = next((i for i, piece in enumerate(pieces) if len(piece) == 1), len(pieces))
    return [*range(first_character), *range(first_character + gap, len(pieces) + gap)]


def _check_merges(merges: Iterable[tuple[str, str]], ranks: Mapping[str, int], added_texts: Container[str]) -> None:
    last = -1
    for left, right in merges:
        rank = ranks.get(left + right)
        if rank is None and left + right in added_texts:
            continue  # llama.cpp finds an added token before it merges anything
        if rank is None or rank < last:
            raise TokenizerError(
                f"ranks the merge {left!r} + {right!r} in a way that SentencePiece scores cannot express"
            )
        last = rank
