"""tokenizer.json, read and checked: what the vocabulary needs of it and nothing else.

msgspec decodes into declared types, which checks an untrusted file and leaves half a million merges unread.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from app.core.checkpoint.json_files import MEBIBYTE, UnreadableJsonError, count_in, most_values_in, read_bytes
from app.core.text import reason_of, text
from app.core.tokenizer.in_pieces import LongValue, long_value, without

_T = TypeVar("_T")

DECODING_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

# The largest known is Gemma 3's: 33 MB, 1.9 million values, 0.3 million of them with a name
LIMIT_BYTES = 128 * MEBIBYTE
MOST_VALUES = 4_000_000
MOST_PAIRS = 1_500_000


class TokenizerError(Exception):
    """The tokenizer cannot be used; the text says why, in words that continue 'The tokenizer cannot be used: …'."""


class AddedToken(msgspec.Struct, frozen=True):
    """A token outside the model's pieces: control tokens, tokens of a fine-tune."""

    id: int
    content: str
    special: bool = False
    lstrip: bool = False
    rstrip: bool = False
    single_word: bool = False


class Model(msgspec.Struct, frozen=True, dict=True):
    """The pieces by text; `type` is BPE, Unigram or another algorithm. Unigram has a list of pieces with scores."""

    vocab: dict[str, int] | list[tuple[str, float]]
    type: str = ""
    byte_fallback: bool | None = None
    ignore_merges: bool | None = None

    @cached_property
    def ids(self) -> dict[str, int]:
        """Ids by text."""
        if isinstance(self.vocab, dict):
            return self.vocab
        return {piece: i for i, (piece, _) in enumerate(self.vocab)}

    @cached_property
    def texts(self) -> dict[int, str]:
        """Texts by id."""
        return {token_id: piece for piece, token_id in self.ids.items()}  # hands over Python's lock, as zip would not


class TokenizerJson(msgspec.Struct, frozen=True):
    """The parts of tokenizer.json that are needed for every vocabulary."""

    model: Model
    added_tokens: list[AddedToken] = []
    normalizer: Any = None
    pre_tokenizer: Any = None
    post_processor: Any = None


Merge = str | tuple[str, str]  # before tokenizers 0.20 it was one string
MergeList = Sequence[Merge]


class Merges(Protocol):
    """Where the merges come from when somebody asks for them."""

    def merges(self) -> MergeList:
        """As they are written: left and right of each, or both with a space between. Raises TokenizerError."""


class _MergesOnly(msgspec.Struct):
    merges: list[Merge] = []


class _Merges(msgspec.Struct):
    model: _MergesOnly


class TokenizerFile:
    """The bytes of tokenizer.json; merges are decoded only when somebody asks for them."""

    def __init__(self, path: Path) -> None:
        """Raises TokenizerError."""
        self.data = read_json(path)
        self._rest: bytes | None = None
        self._merges: LongValue | None = None

    def decode(self) -> TokenizerJson:
        """Raises TokenizerError."""
        return check_ids(self._in_pieces() or _decode(self.data, TokenizerJson))

    def merges(self) -> MergeList:
        """As they are written: left and right of each, or both with a space between. Raises TokenizerError."""
        return self._decoded_merges

    @cached_property
    def _decoded_merges(self) -> MergeList:
        forms: tuple[type[MergeList], ...] = list[str], list[tuple[str, str]]
        if self._merges is not None:
            for form in forms:
                with suppress(*DECODING_ERRORS):  # they are of the other one, or wrong, which is said of the whole
                    return list(chain.from_iterable(self._merges.decoded(self.data, form)))
        return merge_pairs(_decode(self.data, _Merges).model.merges)

    def settings(self) -> dict[str, Any] | None:
        """All of it but vocabulary and merges; None where these cannot be told apart from it."""
        found = None if self._rest is None else msgspec.json.decode(self._rest)
        return found if isinstance(found, dict) else None

    def with_only(self, ids: Mapping[str, int], merges: MergeList) -> bytes:
        """The same with another vocabulary, where there are `settings`."""
        found = self.settings()
        assert found is not None
        found["model"] |= {"vocab": ids, "merges": merges}
        return msgspec.json.encode(found)

    def _in_pieces(self) -> TokenizerJson | None:
        """None where it is not written in lines, or something is wrong, which is to be said of the whole."""
        vocab = long_value(self.data, "vocab")
        merges = long_value(self.data, "merges", vocab.end) if vocab else None
        if vocab is None or merges is None:
            return None
        try:
            rest, mark = without(self.data, (vocab, merges))
            tokenizer = msgspec.json.decode(rest, type=TokenizerJson)
            left = msgspec.json.decode(rest, type=_Merges).model.merges
            if tokenizer.model.vocab != {mark: 0} or left != [mark]:
                return None  # these were others of the same names
            ids: dict[str, int] = {}
            for piece in vocab.decoded(self.data, dict[str, int]):
                ids |= piece
            for _ in merges.decoded(self.data, msgspec.Raw):  # is it JSON?
                pass
        except DECODING_ERRORS:
            return None
        self._merges, self._rest = merges, rest
        return msgspec.structs.replace(tokenizer, model=msgspec.structs.replace(tokenizer.model, vocab=ids))


def read_file(path: Path, limit_bytes: int = LIMIT_BYTES) -> bytes:
    """Raises TokenizerError."""
    try:
        return read_bytes(path, limit_bytes)
    except FileNotFoundError:
        raise TokenizerError(text("it is missing")) from None
    except UnreadableJsonError as error:
        raise TokenizerError(reason_of(error)) from None


def read_json(path: Path) -> bytes:
    """Raises TokenizerError; also for a text that would be many times as large in memory."""
    data = read_file(path)
    if most_values_in(data) > MOST_VALUES or count_in(data, b":") > MOST_PAIRS:
        raise too_large(path)
    return data


def too_large(path: Path) -> TokenizerError:
    """For a file of a size that nobody would have the memory for."""
    return TokenizerError(text("{file} holds more than any vocabulary does", file=path.name))


def check_ids(tokenizer: TokenizerJson) -> TokenizerJson:
    """The tokenizer again. Raises TokenizerError when its ids cannot be right."""
    vocab, texts = tokenizer.model.ids, tokenizer.model.texts
    added = {token.id for token in tokenizer.added_tokens}
    if min(texts, default=0) < 0 or min(added, default=0) < 0:
        raise TokenizerError(text("it has a negative id"))
    if len(texts) < len(vocab) or len(vocab) < len(tokenizer.model.vocab):
        raise TokenizerError(text("it gives the same id to two pieces, or the same piece two ids"))
    if len(added) < len(tokenizer.added_tokens):
        raise TokenizerError(text("it gives the same id to two added tokens"))
    return tokenizer


def _decode(data: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(data, type=kind)
    except DECODING_ERRORS as error:
        raise TokenizerError(str(error)) from None


def merge_pair(merge: Merge) -> tuple[str, str]:
    """Left and right of a merge in either form. Raises TokenizerError."""
    if isinstance(merge, tuple):
        return merge
    left, space, right = merge.partition(" ")
    if not space or " " in right:
        raise TokenizerError(text("it has a merge that is not understood: {merge!r:.60}", merge=merge))
    return left, right


def merge_pairs(merges: MergeList) -> list[tuple[str, str]]:
    """Left and right of merges in either form. Raises TokenizerError."""
    return [merge_pair(merge) for merge in merges]


def steps(part: Any, key: str) -> list[dict[str, Any]]:
    """A normalizer, pre-tokenizer or post-processor as the list of those that run one after the other.

    `key` is what a Sequence calls its list: normalizers, pretokenizers, processors.
    """
    if not isinstance(part, dict):
        return []
    inner = part.get(key)
    if not isinstance(inner, list):
        return [part]
    return [step for step in inner if isinstance(step, dict)]
