"""tekken.json, Mistral's own file: the bytes of every token by rank, read as if it were tokenizer.json.

As mistral_common 1.13 reads it (tokens/tokenizers/tekken.py), and llama.cpp's converter with it (gguf-py vocab.py,
MistralVocab; conversion/base.py, _set_vocab_mistral).
"""

import binascii
from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.core.text import text
from app.core.tokenizer.tokenizer_json import (
    DECODING_ERRORS,
    AddedToken,
    Model,
    TokenizerError,
    TokenizerJson,
    check_ids,
    read_json,
)

ROLES = {"bos": "<s>", "eos": "</s>", "unk": "<unk>", "pad": "<pad>"}
FILLER = "<SPECIAL_{}>"
# Tekkenizer.DEPRECATED_SPECIAL_TOKENS: those of a file that lists none, in the order of their ids
USUAL = (
    *("<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]"),
    *("[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]", "[PREFIX]", "[MIDDLE]"),
    *("[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]"),
)
MOST_SPECIAL = 10_000  # all known have 1000
LONGEST = 1024  # bytes of a token; the longest known has 128
PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]  # GPT-2's bytes_to_unicode()


class _Token(msgspec.Struct, frozen=True):
    rank: int
    token_bytes: str


class _Special(msgspec.Struct, frozen=True):
    rank: int
    token_str: str


class _Config(msgspec.Struct, frozen=True):
    pattern: str
    default_vocab_size: int
    default_num_special_tokens: int


class _Tekken(msgspec.Struct, frozen=True):
    config: _Config
    vocab: list[_Token]
    special_tokens: list[_Special] | None = None


class TekkenFile:
    """The same questions as to TokenizerFile."""

    def __init__(self, path: Path) -> None:
        """Raises TokenizerError."""
        try:
            file = msgspec.json.decode(read_json(path), type=_Tekken)
        except DECODING_ERRORS as error:
            raise TokenizerError(str(error)) from None
        self._pattern, special_count = file.config.pattern, file.config.default_num_special_tokens
        self._special = _special(file.special_tokens, special_count)
        count = file.config.default_vocab_size - special_count
        if not 0 <= count <= len(file.vocab):
            raise TokenizerError(text("it says {count:,} tokens and has {found:,}", count=count, found=len(file.vocab)))
        self._ranks = {_bytes(token, rank): rank for rank, token in enumerate(file.vocab[:count])}
        if len(self._ranks) < count:
            raise TokenizerError(text("it gives the same id to two pieces, or the same piece two ids"))

    def decode(self) -> TokenizerJson:
        """Raises TokenizerError."""
        vocab = {_written(raw): rank + len(self._special) for raw, rank in self._ranks.items()}
        added = [AddedToken(token_id, token, special=True) for token_id, token in enumerate(self._special)]
        split = {"type": "Split", "pattern": {"Regex": self._pattern}, "behavior": "Isolated", "invert": False}
        whole = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}
        single = [{"SpecialToken": {"id": ROLES["bos"]}}, {"Sequence": {"id": "A"}}]
        before = {"type": "TemplateProcessing", "single": single}
        return check_ids(
            TokenizerJson(
                Model(vocab, "BPE", ignore_merges=True),  # tiktoken looks for the whole word first
                added,
                pre_tokenizer={"type": "Sequence", "pretokenizers": [split, whole]},
                post_processor={"type": "Sequence", "processors": [{"type": "ByteLevel"}, before]},
            )
        )

    def merges(self) -> list[tuple[str, str]]:
        """Every way to make a token of two, in the order of ranks. Raises TokenizerError."""
        return [(_written(left), _written(right)) for raw in self._ranks for left, right in self._halves(raw)]

    def _halves(self, raw: bytes) -> list[tuple[bytes, bytes]]:
        ranks = self._ranks
        cuts = ((raw[:cut], raw[cut:]) for cut in range(1, len(raw)))
        found = [(left, right) for left, right in cuts if left in ranks and right in ranks]
        if not found and len(raw) > 1:
            raise TokenizerError(text("no two tokens make its token {token!r:.60}", token=_written(raw)))
        return sorted(found, key=lambda halves: (ranks[halves[0]], ranks[halves[1]]))


def _special(listed: list[_Special] | None, count: int) -> tuple[str, ...]:
    """The texts of the first `count` ids: what is not listed has a name of its own."""
    tokens = [_Special(i, token) for i, token in enumerate(USUAL)] if listed is None else listed
    if count > MOST_SPECIAL:
        raise TokenizerError(text("it says that {count:,} of its tokens are special", count=count))
    if len(tokens) > count or [token.rank for token in tokens] != list(range(len(tokens))):
        raise TokenizerError(text("its special tokens are not numbered from 0 on"))
    return (*(token.token_str for token in tokens), *(FILLER.format(i) for i in range(len(tokens), count)))


def _bytes(token: _Token, rank: int) -> bytes:
    try:
        raw = binascii.a2b_base64(token.token_bytes, strict_mode=True)
    except ValueError as error:
        raise TokenizerError(str(error)) from None
    is_byte = rank >= len(WRITTEN) or raw == bytes([rank])
    if token.rank != rank or not 0 < len(raw) <= LONGEST or not is_byte:
        raise TokenizerError(text("its token of rank {rank:,} cannot be right", rank=rank))
    return raw


def _alphabet() -> Iterator[str]:
    """What stands for each byte in byte-level BPE."""
    unprintable = iter(range(0x100, 0x200))
    for byte in range(0x100):
        yield chr(byte if byte in PRINTABLE else next(unprintable))


WRITTEN = "".join(_alphabet())


def _written(raw: bytes) -> str:
    return raw.decode("latin-1").translate(WRITTEN)
