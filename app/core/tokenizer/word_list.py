"""tokenizer.jsonl, PLaMo's own file: in each line a token's text, its score and its kind.

As llama.cpp's converter reads it (conversion/base.py, _set_vocab_plamo), and no looser than llama.cpp can count with
(src/llama-vocab.cpp, llm_tokenizer_plamo2).
"""

import re
from io import BytesIO
from pathlib import Path

import msgspec
from gguf import TokenType

from app.core.checkpoint.json_files import MEBIBYTE
from app.core.text import Text, text
from app.core.tokenizer.arrays import ADDED_SCORE, NORMAL, UNUSED, Arrays, added_kind, check_unique
from app.core.tokenizer.tokenizer_json import (
    DECODING_ERRORS,
    AddedToken,
    Model,
    TokenizerError,
    TokenizerJson,
    read_file,
)

LIMIT_BYTES = 32 * MEBIBYTE  # 100,000 tokens take a fifth of it
MOST_LINES = 1_000_000
PADDING_SCORE = -1000.0
SCORE_UNITS = 10_000  # llama.cpp counts in these, with 32 bits
LARGEST_SCORE = (2**31 - 1) / SCORE_UNITS
KINDS = {"UNKNOWN": TokenType.UNKNOWN, "CONTROL": TokenType.CONTROL, "BYTE": TokenType.BYTE}
BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
CONTROL = re.compile(r"<\|plamo:.*\|>", re.DOTALL)


class _Line(msgspec.Struct, array_like=True):
    """Whatever follows is for no one."""

    text: str
    score: float
    kind: str = "NORMAL"


class WordList:
    """Ids by text, with scores and types by id."""

    def __init__(self, path: Path) -> None:
        """Raises TokenizerError."""
        self.ids: dict[str, int] = {}
        self.scores: list[float] = []
        self.types: list[int] = []
        decoder = msgspec.json.Decoder(_Line)
        for number, raw in enumerate(BytesIO(read_file(path, LIMIT_BYTES)), 1):
            if number > MOST_LINES:
                raise TokenizerError(text("it has more than {count:,} lines", count=MOST_LINES))
            if not raw.strip():
                continue
            try:
                line = decoder.decode(raw)
            except DECODING_ERRORS as error:
                raise TokenizerError(
                    text("line {number:,} cannot be read ({details})", number=number, details=str(error))
                ) from None
            if reason := self._wrong_with(line, number):
                raise TokenizerError(reason)
            self.ids[line.text] = len(self.ids)
            self.scores.append(line.score)
            self.types.append(_type(line))

    def _wrong_with(self, line: _Line, number: int) -> Text | None:
        if not line.text:
            return text("line {number:,} has no text", number=number)
        if line.text in self.ids:
            return text(
                "line {number:,} has the text {token!r:.60}, which an earlier line has", number=number, token=line.text
            )
        if not abs(line.score) <= LARGEST_SCORE:
            return text(
                "line {number:,} has the score {score:g}; llama.cpp can count up to {largest:,.0f}",
                number=number,
                score=line.score,
                largest=LARGEST_SCORE,
            )
        if line.kind == "BYTE" and not BYTE.fullmatch(line.text):
            return text(
                "line {number:,} has the text {token!r:.60} for a byte; such a text is <0x41>",
                number=number,
                token=line.text,
            )
        return None

    def decode(self) -> TokenizerJson:
        """What a tokenizer.json would say about the special tokens."""
        special = [
            AddedToken(token_id, text, special=True)
            for (text, token_id), kind in zip(self.ids.items(), self.types, strict=True)
            if kind in (TokenType.CONTROL, TokenType.UNKNOWN)
        ]
        return TokenizerJson(Model(self.ids, "Unigram", byte_fallback=True), special)

    def arrays(self, added: list[AddedToken], row_count: int) -> Arrays:
        """`added`: of these only the ones that the list does not have. Raises TokenizerError."""
        count = len(self.ids)
        padding = max(row_count - count, 0)
        arrays = Arrays(
            [*self.ids, *(f"[PAD{i}]" for i in range(1, padding + 1))][:row_count],
            [*self.scores, *[PADDING_SCORE] * padding][:row_count],
            [*self.types, *[UNUSED] * padding][:row_count],
        )
        for token in added:
            if token.id >= count:
                arrays.put(token.id, token.content, ADDED_SCORE, added_kind(token)[1])
        _check_bytes(arrays)
        check_unique(arrays.texts)
        return arrays


def _type(line: _Line) -> int:
    usual = TokenType.CONTROL if CONTROL.fullmatch(line.text) else NORMAL
    return int(KINDS.get(line.kind, usual))


def _check_bytes(arrays: Arrays) -> None:
    """llama.cpp loads no such vocabulary where a byte has no token, and takes the id 0 for none."""
    found = {
        int(text[3:5], 16)
        for i, (text, kind) in enumerate(zip(arrays.texts, arrays.types, strict=True))
        if i > 0 and kind == TokenType.BYTE
    }
    missing = sorted(set(range(256)) - found)
    if missing:
        raise TokenizerError(text("after the first line none is for the byte <0x{byte:02X}>", byte=missing[0]))
