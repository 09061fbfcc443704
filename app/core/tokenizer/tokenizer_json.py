"""tokenizer.json, read and checked: what the vocabulary needs of it and nothing else.

msgspec decodes into declared types, which checks an untrusted file and leaves half a million merges unread.
"""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from app.core.checkpoint.json_files import MEBIBYTE, UnreadableJsonError, read_bytes

_T = TypeVar("_T")

LIMIT_BYTES = 256 * MEBIBYTE  # Gemma 3's has 33 MB, the largest known


class TokenizerError(Exception):
    """The tokenizer cannot be used; the text says why in words that continue 'The tokenizer …'."""


class AddedToken(msgspec.Struct, frozen=True):
    """A token outside the model's pieces: control tokens, tokens of a fine-tune."""

    id: int
    content: str
    special: bool = False


class Model(msgspec.Struct, frozen=True):
    """The pieces by text; `type` is BPE, Unigram or another algorithm."""

    vocab: dict[str, int]
    type: str = ""
    byte_fallback: bool | None = None


class TokenizerJson(msgspec.Struct, frozen=True):
    """The parts of tokenizer.json that are needed for every vocabulary."""

    model: Model
    added_tokens: list[AddedToken] = []
    normalizer: Any = None
    post_processor: Any = None


class _MergesOnly(msgspec.Struct):
    merges: list[str | tuple[str, str]] = []  # before tokenizers 0.20 a merge was one string


class _Merges(msgspec.Struct):
    model: _MergesOnly


class TokenizerFile:
    """The bytes of tokenizer.json; merges are decoded only when somebody asks for them."""

    def __init__(self, path: Path) -> None:
        """Raises TokenizerError."""
        try:
            self._data = read_bytes(path, LIMIT_BYTES)
        except (UnreadableJsonError, FileNotFoundError) as error:
            raise TokenizerError(f"cannot be read: {error}") from None

    def decode(self) -> TokenizerJson:
        """Raises TokenizerError."""
        tokenizer = _decode(self._data, TokenizerJson)
        ids = [*tokenizer.model.vocab.values(), *(token.id for token in tokenizer.added_tokens)]
        if min(ids, default=0) < 0:
            raise TokenizerError("has a negative id")
        if len({token.id for token in tokenizer.added_tokens}) < len(tokenizer.added_tokens):
            raise TokenizerError("gives the same id to two added tokens")
        return tokenizer

    def merges(self) -> list[tuple[str, str]]:
        """Left and right of each merge. Raises TokenizerError."""
        return [_pair(merge) for merge in _decode(self._data, _Merges).model.merges]


def _decode(data: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise TokenizerError(f"cannot be used: {error}") from None


def _pair(merge: str | tuple[str, str]) -> tuple[str, str]:
    if isinstance(merge, tuple):
        return merge
    left, space, right = merge.partition(" ")
    if not space or " " in right:
        raise TokenizerError(f"has a merge that is not understood: {merge!r:.60}")
    return left, right
