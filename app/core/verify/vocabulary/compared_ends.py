"""Tokens that end a text: those of the folder, and those on which llama.cpp stops with the file."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.checkpoint import Checkpoint
from app.core.checkpoint.text_config import text_settings
from app.core.text import Text, text
from app.core.tokenizer import Vocabulary
from app.core.tokenizer.added_tokens import text_of
from app.core.tokenizer.end_of_generation import GAP_TEXTS, ends_of
from app.core.verify.vocabulary.compared_texts import named

SHOWN = 5
ALL_GAPS = frozenset().union(*GAP_TEXTS)


@dataclass(frozen=True)
class ComparedEnds:
    """Ids, sorted; what is wrong, and what is to be said."""

    by_folder: tuple[int, ...]
    by_file: tuple[int, ...]
    problems: tuple[Text, ...]
    notes: tuple[Text, ...]


def compare_ends(
    checkpoint: Checkpoint, vocabulary: Vocabulary, by_file: Sequence[int], names: Sequence[str]
) -> ComparedEnds:
    """`by_file`: as llama.cpp tells them; `names`: texts of the file's tokens."""
    wanted, found = folder_ends(checkpoint, vocabulary), set(by_file)
    expected = ends_of(vocabulary)
    known = set(_of_gaps(vocabulary)) | expected
    problems: list[Text] = []
    notes: list[Text] = []
    if missing := sorted(wanted & expected - found):
        problems.append(
            text("llama.cpp does not stop on {tokens}, where the folder ends a text.", tokens=_in_words(missing, names))
        )
    if missed := sorted(wanted - expected - found):
        notes.append(
            text(
                "llama.cpp does not stop on {tokens}, where the folder ends a text: GGUF has no key left for it.",
                tokens=_in_words(missed, names),
            )
        )
    if strange := sorted(found - known - wanted):
        problems.append(
            text("llama.cpp stops on {tokens}, which ends no text by the folder.", tokens=_in_words(strange, names))
        )
    if further := sorted(found & known - wanted):
        notes.append(
            text(
                "llama.cpp also stops on {tokens}, by their texts or because another file of the folder names them.",
                tokens=_in_words(further, names),
            )
        )
    return ComparedEnds(tuple(sorted(wanted)), tuple(sorted(found)), tuple(problems), tuple(notes))


def folder_ends(checkpoint: Checkpoint, vocabulary: Vocabulary) -> set[int]:
    """The ids on which mlx-lm stops (utils.py load_config, tokenizer_utils.py TokenizerWrapper)."""
    said = checkpoint.generation_config.get("eos_token_id") or text_settings(checkpoint.config).get("eos_token_id")
    ids = set(said if isinstance(said, list) else [said])
    eos = text_of(checkpoint.tokenizer.tokenizer_config.get("eos_token"))
    if eos in vocabulary.tokens:
        ids.add(vocabulary.tokens.index(eos))
    return {i for i in ids if type(i) is int and 0 <= i < len(vocabulary.tokens)}


def _of_gaps(vocabulary: Vocabulary) -> list[int]:
    """llama.cpp takes either of two tokens that fill a gap in the same role, whichever it meets first."""
    return [i for i, token in enumerate(vocabulary.tokens) if token in ALL_GAPS]


def _in_words(ids: Sequence[int], names: Sequence[str]) -> str:
    words = ", ".join(f"{named(names, i)!r:.40} ({i})" for i in ids[:SHOWN])
    return words + (", …" if len(ids) > SHOWN else "")
