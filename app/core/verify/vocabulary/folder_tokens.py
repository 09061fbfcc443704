"""The ids that a folder's own tokenizer gives for texts, by the library that reads it and not by MLX Ferry."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.checkpoint import Checkpoint
from app.core.sandbox import SandboxError, run_in_sandbox
from app.core.text import Text, reason_of, text
from app.core.tokenizer.sentencepiece_model import LIMIT_BYTES
from app.core.tokenizer.tokenizer_json import TokenizerError, TokenizerFile, TokenizerJson, read_file, read_json
from app.core.verify.results.no_comparison import NoComparisonError

SECONDS = 60.0  # Gemma 3's takes 1.5 s for all texts
Ids = tuple[int, ...]


@dataclass(frozen=True)
class Tokenized:
    """Ids of each text, and without the tokens that are put around it; `tokens`: all texts by id, None for no token."""

    ids: tuple[Ids, ...]
    bare: tuple[Ids, ...]
    tokens: tuple[str | None, ...] = ()


class FolderTokenizer:
    """`rules`: what tokenizer.json says, None for another file, which knows no special tokens in a text."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        """Raises NoComparisonError."""
        files = checkpoint.tokenizer
        self.rules: TokenizerJson | None = None
        self._form = "tokenizer"
        try:
            if files.tokenizer_json is not None:
                source = TokenizerFile(files.tokenizer_json)
                self.rules, self._data = source.decode(), source.data
            elif files.tokenizer_model is not None:
                self._form, self._data = "sentencepiece", read_file(files.tokenizer_model, LIMIT_BYTES)
            elif files.tekken is not None and files.main_name == files.tekken.name:
                self._form, self._data = "ranks", read_json(files.tekken)
            else:
                raise NoComparisonError(
                    text(
                        "Tokens were not compared: no library that this program has reads {file}.", file=files.main_name
                    )
                )
        except TokenizerError as error:
            raise NoComparisonError(_unusable(files.main_name, reason_of(error))) from None
        self._name = files.main_name

    @property
    def puts_around(self) -> bool:
        """Whether it is known which tokens are put around a text."""
        return self._form != "sentencepiece"

    def special_tokens(self, row_count: int) -> list[str]:
        """The texts of special tokens that the model has a row for."""
        added = self.rules.added_tokens if self.rules else []
        return [token.content for token in added if token.special and token.id < row_count]

    def tokenize(self, texts: Sequence[str], *, with_list: bool = False) -> Tokenized:
        """In a process of its own: regular expressions may run for ever. Raises NoComparisonError."""
        request = {"form": self._form, "texts": list(texts), "list": with_list}
        try:
            answer = run_in_sandbox("encode", request, self._data, seconds=SECONDS)
        except SandboxError as error:
            raise NoComparisonError(_unusable(self._name, reason_of(error))) from None
        return Tokenized(_ids(answer["ids"]), _ids(answer["bare_ids"]), tuple(answer.get("tokens", ())))


def _unusable(file: str, reason: str) -> Text:
    return text("Tokens were not compared: {file} cannot be used, {reason}.", file=file, reason=reason)


def _ids(lists: list[list[int]]) -> tuple[Ids, ...]:
    return tuple(map(tuple, lists))
