"""The scores that a SentencePiece BPE model had before it became a tokenizer.json."""

import hashlib
from collections.abc import Container, Mapping, Sequence

import numpy as np

from app.core.in_steps import in_steps
from app.core.text import text
from app.core.tokenizer.arrays import SPACE
from app.core.tokenizer.known_pieces import CHARACTER_GAPS
from app.core.tokenizer.tokenizer_json import Merges, TokenizerError, merge_pairs

MOST_CHARACTERS = 10_000_000  # of all pieces; Gemma 3's have 1.5 million
LONGEST_PIECE = 256  # Gemma 3's has 31 characters; every place to cut a piece is looked at

# Runs of spaces in Llama 2's and Mistral's tokenizer.model: joined when nothing else is left to join
LAST_SCORE = -1_000_000_000.0


def piece_scores(pieces: Sequence[str], added_texts: Container[str], merges: Merges) -> list[float]:
    """Scores of the normal pieces, given in the order of their ids: merged ones first, then single characters.

    A score is minus the rank, but for runs of spaces that are merged after everything else. Raises TokenizerError
    when the merges do not follow the order of ids: then scores could not make llama.cpp tokenize as the tokenizer does.
    """
    gap, late = CHARACTER_GAPS.get(_digest(pieces)), frozenset[str]()
    if gap is None:  # a published vocabulary was checked when it was written down
        ranks = {piece: rank for rank, piece in enumerate(pieces)}
        late = _check_merges(merge_pairs(merges.merges()), ranks, added_texts)
        gap = 0
    lengths = list(map(len, pieces))
    first_character = lengths.index(1) if 1 in lengths else len(pieces)
    scores = np.arange(len(pieces), dtype=np.float64)
    scores[first_character:] += gap
    scores = -scores
    if late:
        last = {*late, SPACE}  # the single space has their score too
        scores[[piece in last for piece in pieces]] = LAST_SCORE
    return scores.tolist()


def _digest(pieces: Sequence[str]) -> str:
    """The sha256 of all pieces, a line each."""
    digest = hashlib.sha256()
    for number, some in enumerate(in_steps(pieces)):
        digest.update(("\n" * bool(number) + "\n".join(some)).encode())
    return digest.hexdigest()


def _check_merges(
    merges: Sequence[tuple[str, str]], ranks: Mapping[str, int], added_texts: Container[str]
) -> frozenset[str]:
    """The runs of spaces that are merged last."""
    late = _late_runs(merges)
    last = -1
    for left, right in merges:
        joined = left + right
        rank = ranks.get(joined)
        if (rank is None and joined in added_texts) or joined in late:
            continue  # llama.cpp finds an added token before it merges anything
        if rank is None or rank < last:
            raise TokenizerError(
                text(
                    "it ranks the merge {left!r} + {right!r} in a way that SentencePiece scores cannot express",
                    left=left,
                    right=right,
                )
            )
        last = rank
    known = set(merges)
    if sum(map(len, ranks)) > MOST_CHARACTERS:
        raise TokenizerError(
            text("it has pieces of more than {count:,} characters, which no model has", count=MOST_CHARACTERS)
        )
    for piece in ranks:
        if len(piece) > LONGEST_PIECE:
            raise TokenizerError(
                text("it has a piece of {count:,} characters, longer than any that was trained", count=len(piece))
            )
        for left, right in ((piece[:i], piece[i:]) for i in range(1, len(piece))):
            # llama.cpp knows no merges: it joins any two neighbours that make a piece
            if left in ranks and right in ranks and (left, right) not in known:
                raise TokenizerError(
                    text("it does not join {left!r} and {right!r}, which SentencePiece would", left=left, right=right)
                )
    return late


def _late_runs(merges: Sequence[tuple[str, str]]) -> frozenset[str]:
    """What the merges at the end of the list make, as far as it consists of spaces only, and nowhere before."""
    start = len(merges)
    while start and not "".join(merges[start - 1]).strip(SPACE):
        start -= 1
    early = {left + right for left, right in merges[:start] if not (left + right).strip(SPACE)}
    return frozenset(left + right for left, right in merges[start:]) if start and not early else frozenset()
