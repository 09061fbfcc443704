"""The ids of texts by the folder's own tokenizer, and what it puts before a text."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.checkpoint import Checkpoint
from app.core.verify.vocabulary.folder_tokens import FolderTokenizer, Ids


@dataclass(frozen=True)
class FolderIds:
    """`bare`: of the text alone; `before`: what the tokenizer puts before any text. What it puts after is left out."""

    before: Ids
    bare: Ids


def folder_ids(checkpoint: Checkpoint, texts: Sequence[str]) -> tuple[FolderIds, ...]:
    """For each text. Raises NoComparisonError."""
    found = FolderTokenizer(checkpoint).tokenize(texts)
    return tuple(FolderIds(_before(ids, bare), bare) for ids, bare in zip(found.ids, found.bare, strict=True))


def _before(ids: Ids, bare: Ids) -> Ids:
    places = (place for place in range(len(ids) - len(bare) + 1) if ids[place : place + len(bare)] == bare)
    return ids[: next(places, 0)]
