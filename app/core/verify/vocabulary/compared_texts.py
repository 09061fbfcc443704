"""Texts: are their ids in llama.cpp with a file those of the folder's tokenizer?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.text import Text, counted, text
from app.core.tokenizer import Vocabulary
from app.core.tokenizer.added_tokens import text_of
from app.core.verify.engines import EngineProcess
from app.core.verify.results.report import TokenizedText
from app.core.verify.vocabulary.folder_tokens import FolderTokenizer, Ids, Tokenized
from app.core.verify.vocabulary.tokenizing_differences import Pair, tokenizing_differences

SHOWN = 60  # letters of a text in a sentence
NOTHING_TO_COMPARE = text("The folder has no vocabulary that could be compared.")
PROBE = "a"  # what stands around it shows what is put around any text


@dataclass(frozen=True)
class ComparedTexts:
    """The texts with their ids, what is wrong, and what could not be compared."""

    texts: tuple[TokenizedText, ...] = ()
    problems: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()
    around: tuple[Ids, Ids] = field(default=((), ()))  # what llama.cpp puts before and after a text


@dataclass(frozen=True)
class Sides:
    """Both tokenizers; `settings` is tokenizer_config.json, `names` are the texts of the file's tokens."""

    tokenizer: FolderTokenizer
    llama_cpp: EngineProcess
    vocabulary: Vocabulary
    settings: Mapping[str, Any]
    names: Sequence[str]


def compare_texts(sides: Sides, texts: Sequence[str], by_folder: Tokenized) -> ComparedTexts:
    """`by_folder`: of `texts`, the first of them PROBE. Raises EngineError, Cancelled, NoComparisonError."""
    by_file = tokenize_in_llama_cpp(sides.llama_cpp, texts)
    mine, theirs = _around(by_file), _around(by_folder)
    problems, notes = _surroundings(sides, mine, theirs)
    is_same_around = mine == theirs
    pairs = (by_folder.ids, by_file.ids) if is_same_around else (by_folder.bare, by_file.bare)
    compared = tuple(TokenizedText(*row) for row in zip(texts, *pairs, strict=True))
    differing = [one for one in compared if not one.is_same]
    unexplained, known = _explained(sides, differing) if differing else ([], [])
    if unexplained:
        problems.append(_first_difference(unexplained, len(compared), by_folder.tokens, sides.names))
    return ComparedTexts(compared, tuple(problems), (*notes, *known), mine)


def tokenize_in_llama_cpp(llama_cpp: EngineProcess, texts: Sequence[str]) -> Tokenized:
    """Raises EngineError, Cancelled."""
    ids, bare = (
        tuple(map(tuple, llama_cpp.ask("tokenize", texts=list(texts), add_special=add)["ids"])) for add in (True, False)
    )
    return Tokenized(ids, bare)


def _around(found: Tokenized) -> tuple[Ids, Ids]:
    ids, bare = found.ids[0], found.bare[0]
    starts = (i for i in range(len(ids) - len(bare) + 1) if ids[i : i + len(bare)] == bare)
    start = next(starts, 0)
    return ids[:start], ids[start + len(bare) :]


def _surroundings(sides: Sides, mine: tuple[Ids, Ids], theirs: tuple[Ids, Ids]) -> tuple[list[Text], list[Text]]:
    """What is wrong with the tokens that are put around a text, and what is to be said of them."""
    names = sides.names
    if not sides.tokenizer.puts_around:
        theirs = _by_settings(sides, ("bos",)) or mine
    if mine == theirs:
        return [], []
    if len(theirs[1]) > 1 and mine == (theirs[0], ()):
        return [], [text("This tokenizer puts several tokens after a text; llama.cpp can put only one, and puts none.")]
    if mine == _by_settings(sides, ()):
        return [], [text("tokenizer_config.json and tokenizer.json disagree about what is put around a text.")]
    return [
        text(
            "llama.cpp puts other tokens around a text than the folder's tokenizer: "
            "{file_before} before and {file_after} after it instead of {before} and {after}.",
            file_before=_in_words(mine[0], names),
            file_after=_in_words(mine[1], names),
            before=_in_words(theirs[0], names),
            after=_in_words(theirs[1], names),
        )
    ], []


def _by_settings(sides: Sides, usual: tuple[str, ...]) -> tuple[Ids, Ids] | None:
    """What transformers 5 puts around a text by the flags of tokenizer_config.json, None where these say nothing.

    tokenization_utils_tokenizers.py, update_post_processor. `usual`: what is put where no flag forbids it.
    """
    settings, vocabulary = sides.settings, sides.vocabulary
    said = {kind: settings.get(f"add_{kind}_token") for kind in ("bos", "eos")}
    if not usual and not any(isinstance(value, bool) for value in said.values()):
        return None
    ids = {kind: _id_of(kind, text_of(settings.get(f"{kind}_token")), vocabulary) for kind in said}
    wanted = {kind: kind in usual if value is None else value is True for kind, value in said.items()}
    before, after = (ids[kind] if wanted[kind] else () for kind in said)
    return before, after


def _id_of(kind: str, token: str, vocabulary: Vocabulary) -> Ids:
    if token in vocabulary.tokens:
        return (vocabulary.tokens.index(token),)
    return (vocabulary.special_ids[kind],) if not token and kind in vocabulary.special_ids else ()


def _in_words(ids: Ids, names: Sequence[str]) -> str:
    return " ".join(f"{named(names, i)!r:.{SHOWN}} ({i})" for i in ids) or text("nothing")


def named(names: Sequence[str | None], token_id: int) -> str:
    """The text of a token."""
    return (names[token_id] if token_id < len(names) else None) or f"[{token_id}]"


def _explained(sides: Sides, differing: list[TokenizedText]) -> tuple[list[TokenizedText], list[Text]]:
    """Those that no known difference explains, and a note for each difference that explains some."""
    notes: list[Text] = []
    left: list[tuple[TokenizedText, Pair]] = [(one, (one.text, one.text)) for one in differing]
    for difference in tokenizing_differences(sides.vocabulary, sides.tokenizer.rules):
        changed = [(one, difference.texts(pair)) for one, pair in left]
        if [pair for _, pair in changed] == [pair for _, pair in left]:
            continue
        folder = sides.tokenizer.tokenize([pair[0] for _, pair in changed]).bare
        file = tokenize_in_llama_cpp(sides.llama_cpp, [pair[1] for _, pair in changed]).bare
        same = [one == other for one, other in zip(folder, file, strict=True)]
        if any(same):
            notes.append(
                counted(
                    "{what} Apart from that, {count} text is the same.",
                    "{what} Apart from that, {count} texts are the same.",
                    sum(same),
                    what=difference.note,
                )
            )
        left = [row for row, is_same in zip(changed, same, strict=True) if not is_same]
    return [one for one, _ in left], notes


def _first_difference(
    differing: list[TokenizedText], total: int, tokens: Sequence[str | None], names: Sequence[str]
) -> Text:
    one = differing[0]
    place = next(_differing_places(one))
    return counted(
        "{count} of {total} texts has other tokens in llama.cpp. {said!r}: "
        "token {place} is {file} in llama.cpp and {folder} by the folder's tokenizer.",
        "{count} of {total} texts have other tokens in llama.cpp. The first is {said!r}: "
        "token {place} is {file} in llama.cpp and {folder} by the folder's tokenizer.",
        len(differing),
        total=total,
        said=_shortened(one, place),
        place=place + 1,
        file=_in_words(one.by_file[place : place + 1], names),
        folder=_folder_word(one.by_folder[place : place + 1], tokens, names),
    )


def _folder_word(ids: Ids, tokens: Sequence[str | None], names: Sequence[str]) -> str:
    return _in_words(ids, [named(tokens or names, i) for i in range(max(ids) + 1)] if ids else [])


def _differing_places(one: TokenizedText) -> Iterator[int]:
    pairs = zip(one.by_folder, one.by_file, strict=False)
    yield from (place for place, (mine, theirs) in enumerate(pairs) if mine != theirs)
    yield min(len(one.by_folder), len(one.by_file))


def _shortened(one: TokenizedText, place: int) -> str:
    """The part of a text where the difference is, as far as that can be told from the number of the token."""
    start = max(0, len(one.text) * place // max(len(one.by_folder), 1) - SHOWN // 2) if len(one.text) > SHOWN else 0
    return one.text[start : start + SHOWN]
