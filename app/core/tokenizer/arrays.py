"""The arrays of a vocabulary while they are filled, and what all kinds of vocabulary have in common."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from gguf import TokenType

from app.core.in_steps import in_steps
from app.core.text import text
from app.core.tokenizer.tokenizer_json import AddedToken, TokenizerError

SPACE = "▁"  # SentencePiece writes a space as U+2581
NORMAL, UNUSED = int(TokenType.NORMAL), int(TokenType.UNUSED)

# Scores of what is no normal piece: llama.cpp conversion/base.py, _create_vocab_sentencepiece
ADDED_SCORE, BYTE_SCORE, PADDING_SCORE = -1000.0, 0.0, -10000.0

# Tokens that publishers forgot to mark as special: same file, does_token_look_special
LOOKS_SPECIAL = re.compile(r"<pad>|<mask>|<2mass>|\[@BOS@\]|<\|.*\|>|<｜.*｜>|<unused.*>", re.DOTALL)


@dataclass(frozen=True)
class Arrays:
    """Text, score and type of every token, each in a list of its own: 262,144 tuples would cost a quarter second.

    Kinds that need no scores, or no merges, leave these empty in the end.
    """

    texts: list[str]
    scores: list[float]
    types: list[int]
    merges: list[str] = field(default_factory=list)

    def put(self, token_id: int, text: str, score: float, kind: TokenType) -> None:
        """Set one token; an id beyond the rows is left out."""
        if token_id < len(self.texts):
            self.texts[token_id], self.scores[token_id], self.types[token_id] = text, score, int(kind)


def padded_arrays(by_id: Mapping[int, str], row_count: int) -> Arrays:
    """The known texts, [PAD…] for the other rows; all of them still unused."""
    texts = map(by_id.get, range(row_count))
    padded = [text or f"[PAD{i}]" for i, text in enumerate(texts)]
    return Arrays(padded, [PADDING_SCORE] * row_count, [UNUSED] * row_count)


def added_kind(token: AddedToken) -> tuple[str, TokenType]:
    """Text and type of an added token; llama.cpp wants user-defined ones with real spaces."""
    if token.special or LOOKS_SPECIAL.fullmatch(token.content):
        return token.content, TokenType.CONTROL
    return token.content.replace(SPACE, " "), TokenType.USER_DEFINED


def check_unique(texts: list[str]) -> None:
    """llama.cpp ends the whole program on a text that has two ids (src/llama-vocab.cpp, GGML_ASSERT after loading).

    It reads a text as far as the first null byte, and gives one that is then empty a name of its own.
    """
    _expect_no_two(texts)
    if any("\0" in "".join(some) for some in in_steps(texts)):
        _expect_no_two([read for text in texts if (read := text.partition("\0")[0])], is_cut=True)


def _expect_no_two(texts: list[str], *, is_cut: bool = False) -> None:
    different = set[str]()
    for some in in_steps(texts):
        different.update(some)
    if len(different) < len(texts):
        token, _ = Counter(texts).most_common(1)[0]
        raise TokenizerError(
            text("it has more than one token with the text {token!r:.60} before a null byte", token=token)
            if is_cut
            else text("it has more than one token with the text {token!r:.60}", token=token)
        )
