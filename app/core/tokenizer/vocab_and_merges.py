"""vocab.json and merges.txt, the form before tokenizer.json, read as if they were one."""

from pathlib import Path

import msgspec

from app.core.text import text
from app.core.tokenizer.tokenizer_json import (
    DECODING_ERRORS,
    MOST_PAIRS,
    Model,
    TokenizerError,
    TokenizerJson,
    check_ids,
    merge_pair,
    read_file,
    read_json,
    too_large,
)

_BYTE_LEVEL = {"type": "ByteLevel"}  # the only kind that was ever published in this form


class VocabAndMerges:
    """The same questions as to TokenizerFile."""

    def __init__(self, vocab: Path, merges: Path) -> None:
        """Raises TokenizerError."""
        self._vocab, self._merges = read_json(vocab), read_file(merges)
        if self._merges.count(b"\n") > MOST_PAIRS:
            raise too_large(merges)

    def decode(self) -> TokenizerJson:
        """Raises TokenizerError."""
        try:
            vocab = msgspec.json.decode(self._vocab, type=dict[str, int])
        except DECODING_ERRORS as error:
            raise TokenizerError(str(error)) from None
        return check_ids(TokenizerJson(Model(vocab, "BPE"), pre_tokenizer=_BYTE_LEVEL))

    def merges(self) -> list[tuple[str, str]]:
        """Left and right of each merge. Raises TokenizerError."""
        try:
            lines = self._merges.decode("utf-8").split("\n")
        except UnicodeDecodeError as error:
            raise TokenizerError(text("merges.txt is not valid UTF-8 ({details})", details=str(error))) from None
        start = 1 if lines[0].startswith("#version") else 0
        return [merge_pair(line.removesuffix("\r")) for line in lines[start:] if line.strip()]
