"""tokenizer.model, SentencePiece's own file, through its own library."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gguf import TokenType

from app.core.checkpoint.json_files import MEBIBYTE
from app.core.text import text
from app.core.tokenizer.arrays import ADDED_SCORE, SPACE, Arrays, added_kind, check_unique, padded_arrays
from app.core.tokenizer.tokenizer_json import AddedToken, Model, TokenizerError, TokenizerJson, check_ids, read_file

LIMIT_BYTES = 16 * MEBIBYTE  # Gemma's has 4.7 MB, the largest known; a piece takes ten bytes there and 200 in memory
TIKTOKEN_LINE = re.compile(rb"[A-Za-z0-9+/]+=* \d+\r?\n")  # Llama 3's tokenizer.model: a token in base64, its rank


class SentencePieceModel:
    """Pieces with scores and types by id."""

    def __init__(self, path: Path) -> None:
        """Raises TokenizerError."""
        from sentencepiece import SentencePieceProcessor

        data = read_file(path, LIMIT_BYTES)
        if TIKTOKEN_LINE.match(data):
            raise TokenizerError(text("it is a raw tiktoken file, without rules for splitting text"))
        try:
            self._model: Any = SentencePieceProcessor(model_proto=data)
            ids = list(range(self._model.vocab_size()))
            self.pieces: list[str] = self._model.IdToPiece(ids)
            self.scores: list[float] = self._model.GetScore(ids)
        except (RuntimeError, ValueError, TypeError, UnicodeDecodeError, IndexError) as error:
            raise TokenizerError(f"{error!s:.200}") from None
        if not self.pieces:
            raise TokenizerError(text("it is empty"))

    @property
    def score_by_piece(self) -> dict[str, float]:
        """For the pieces of a tokenizer.json, which has no scores."""
        return dict(zip(self.pieces, self.scores, strict=True))

    @property
    def prepends_space(self) -> bool:
        """SentencePiece's add_dummy_prefix, seen in what it does."""
        pieces = self._model.encode("a", out_type=str)
        return bool(pieces) and pieces[0].startswith(SPACE)

    def decode(self) -> TokenizerJson:
        """What a tokenizer.json would say about the special tokens. Raises TokenizerError."""
        vocab = {piece: i for i, piece in enumerate(self.pieces)}  # the library lets no two have the same text
        return check_ids(TokenizerJson(Model(vocab, "BPE", byte_fallback=True)))

    def arrays(self, added: list[AddedToken], row_count: int) -> Arrays:
        """As llama.cpp's conversion/base.py, _create_vocab_sentencepiece. Raises TokenizerError."""
        arrays = padded_arrays(dict(enumerate(self.pieces)), row_count)
        kinds = self._kinds()
        count = min(row_count, len(self.pieces))
        arrays.scores[:count], arrays.types[:count] = self.scores[:count], kinds[:count]
        for token in added:
            written, kind = added_kind(token)
            arrays.put(token.id, written, ADDED_SCORE, kind)
        check_unique(arrays.texts)
        return arrays

    def _kinds(self) -> list[int]:
        questions: list[tuple[TokenType, Callable[[list[int]], list[bool]]]] = [
            (TokenType.BYTE, self._model.IsByte),
            (TokenType.UNUSED, self._model.IsUnused),
            (TokenType.CONTROL, self._model.IsControl),
            (TokenType.UNKNOWN, self._model.IsUnknown),
        ]
        ids = list(range(len(self.pieces)))
        kinds = [int(TokenType.NORMAL)] * len(ids)
        for kind, question in questions:
            for token_id, answer in zip(ids, question(ids), strict=True):
                if answer:
                    kinds[token_id] = int(kind)
        return kinds
