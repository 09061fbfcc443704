"""The scores that a SentencePiece BPE model had before it became a tokenizer.json."""

import hashlib
from collections.abc import Collection, Container, Mapping, Sequence

from app.core.tokenizer.known_pieces import CHARACTER_GAPS
from app.core.tokenizer.tokenizer_json import TokenizerError, TokenizerFile

LONGEST_PIECE = 256  # Gemma 3's has 31 characters; every place to cut a piece is looked at


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


def _check_merges(merges: Collection[tuple[str, str]], ranks: Mapping[str, int], added_texts: Container[str]) -> None:
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
    known = set(merges)
    for piece in ranks:
        if len(piece) > LONGEST_PIECE:
            raise TokenizerError(f"has a piece of {len(piece):,} characters, longer than any that was trained")
        for left, right in ((piece[:i], piece[i:]) for i in range(1, len(piece))):
            # llama.cpp knows no merges: it joins any two neighbours that make a piece
            if left in ranks and right in ranks and (left, right) not in known:
                raise TokenizerError(f"does not join {left!r} and {right!r}, which SentencePiece would")
