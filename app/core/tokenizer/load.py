"""From whichever files a folder has to its tokenizer, and to the arrays of its vocabulary."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from app.core.checkpoint import Checkpoint, TokenizerFiles
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text
from app.core.tokenizer.added_tokens import with_all_added_tokens
from app.core.tokenizer.arrays import Arrays
from app.core.tokenizer.byte_level_vocabulary import byte_level_arrays, gemma4_arrays
from app.core.tokenizer.kinds import Kind, kind_of, prepends_space
from app.core.tokenizer.sentencepiece_model import SentencePieceModel
from app.core.tokenizer.sentencepiece_vocabulary import sentencepiece_arrays
from app.core.tokenizer.tekken import ROLES, TekkenFile
from app.core.tokenizer.tokenizer_json import TokenizerError, TokenizerFile, TokenizerJson
from app.core.tokenizer.vocab_and_merges import VocabAndMerges
from app.core.tokenizer.word_list import WordList


@dataclass(frozen=True)
class Loaded:
    """A tokenizer whose kind is known. `arrays`: those for so many rows; they raise TokenizerError.

    `prepends_space`: before a text's first word; `file`: tokenizer.json, None where it is not what was read. `roles`:
    texts of tokens by role that the kind of file itself says, where no other file names one.
    """

    tokenizer: TokenizerJson
    kind: Kind
    arrays: Callable[[int], Arrays]
    prepends_space: bool
    file: TokenizerFile | None = field(default=None, repr=False)
    roles: Mapping[str, str] = field(default_factory=dict)


def load(checkpoint: Checkpoint, known: KnownVocabulary) -> Loaded:
    """tokenizer.json first: it is what mlx-lm tokenizes with. Raises TokenizerError."""
    files = checkpoint.tokenizer
    if files.tokenizer_json is None and files.tokenizer_model is not None:
        return _from_model(SentencePieceModel(files.tokenizer_model), files)
    source: TokenizerFile | VocabAndMerges | TekkenFile
    if files.tokenizer_json is not None:
        source = TokenizerFile(files.tokenizer_json)
    elif files.vocab_json is not None and files.merges_txt is not None:
        source = VocabAndMerges(files.vocab_json, files.merges_txt)
    elif files.word_list is not None:
        return _from_word_list(WordList(files.word_list), files)
    elif files.tekken is not None:
        source = TekkenFile(files.tekken)
    else:
        raise TokenizerError(text("it is missing"))
    tokenizer = with_all_added_tokens(source.decode(), files)
    kind = kind_of(tokenizer, known)
    if kind is None:
        raise TokenizerError(
            text(
                "it is of a kind that llama.cpp or MLX Ferry does not know ({kind:.30}; known are byte-level "
                "BPE and SentencePiece with byte fallback)",
                kind=tokenizer.model.type or text("nameless"),
            )
        )

    def arrays(row_count: int) -> Arrays:
        match kind:
            case Kind.BYTE_LEVEL:
                return byte_level_arrays(tokenizer, source, row_count)
            case Kind.GEMMA4:
                return gemma4_arrays(tokenizer, source, row_count)
            case _:
                return sentencepiece_arrays(tokenizer, source, row_count, _published_scores(files))

    file = source if isinstance(source, TokenizerFile) else None
    roles = ROLES if isinstance(source, TekkenFile) else {}
    return Loaded(tokenizer, kind, arrays, prepends_space(tokenizer), file, roles)


def _from_model(model: SentencePieceModel, files: TokenizerFiles) -> Loaded:
    tokenizer = with_all_added_tokens(model.decode(), files)
    arrays = partial(model.arrays, tokenizer.added_tokens)
    return Loaded(tokenizer, Kind.SENTENCEPIECE, arrays, model.prepends_space)


def _from_word_list(words: WordList, files: TokenizerFiles) -> Loaded:
    tokenizer = with_all_added_tokens(words.decode(), files)
    return Loaded(tokenizer, Kind.PLAMO, partial(words.arrays, tokenizer.added_tokens), prepends_space=False)


def _published_scores(files: TokenizerFiles) -> dict[str, float] | None:
    """The scores that tokenizer.json does not have; a broken tokenizer.model is not needed."""
    if files.tokenizer_model is None:
        return None
    try:
        return SentencePieceModel(files.tokenizer_model).score_by_piece
    except TokenizerError:
        return None
