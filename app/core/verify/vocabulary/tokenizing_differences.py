"""In what llama.cpp tokenizes otherwise than a tokenizer, whatever a file says: each with the texts that show no more.

MLX Ferry has a finding about each of these before it converts. A text that differs is compared once more, as another
text for one side or both, which leaves out what is known and nothing else.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.core.text import Text, text
from app.core.tokenizer import Vocabulary
from app.core.tokenizer.arrays import SPACE
from app.core.tokenizer.kinds import Kind, prepends_only_first, spares_leading_space
from app.core.tokenizer.pre_tokenizer import WITHOUT_MARKS
from app.core.tokenizer.tokenizer_json import TokenizerJson, steps

Pair = tuple[str, str]  # for the folder's tokenizer, for llama.cpp


@dataclass(frozen=True)
class Difference:
    """What llama.cpp does, and what of a text is compared all the same."""

    note: Text
    texts: Callable[[Pair], Pair]


def tokenizing_differences(vocabulary: Vocabulary, rules: TokenizerJson | None) -> tuple[Difference, ...]:
    """Those that there may be with this vocabulary. `rules`: tokenizer.json, None for tokenizer.model."""
    return tuple(_differences(vocabulary, rules))


def _differences(vocabulary: Vocabulary, rules: TokenizerJson | None) -> Iterator[Difference]:
    if rules is not None and any(step.get("type") == "NFC" for step in steps(rules.normalizer, "normalizers")):
        yield Difference(
            text("llama.cpp does not join letters and accents that are written apart, as this tokenizer does."),
            lambda pair: (pair[0], unicodedata.normalize("NFC", pair[1])),
        )
    if vocabulary.pre_tokenizer in WITHOUT_MARKS:
        yield Difference(
            text(
                "llama.cpp's {name} splits words with combining marks differently from this tokenizer.",
                name=vocabulary.pre_tokenizer,
            ),
            lambda pair: (_without_marks(pair[0]), _without_marks(pair[1])),
        )
    if vocabulary.model != Kind.BYTE_LEVEL:
        yield Difference(
            text("llama.cpp looks for runs of spaces before it writes spaces as ▁, this tokenizer afterwards."),
            lambda pair: (pair[0].replace(SPACE, "_"), pair[1].replace(SPACE, "_")),
        )
    if rules is not None and vocabulary.model == Kind.SENTENCEPIECE:
        if prepends_only_first(rules):
            special = [re.escape(token.content) for token in rules.added_tokens if token.special]
            after = re.compile(f"({'|'.join(special)})(?=[^ ])") if special else re.compile("(?!)")
            yield Difference(
                text("llama.cpp puts a space after a special token too, this tokenizer before the first word only."),
                lambda pair: (after.sub(r"\1 ", pair[0]), pair[1]),
            )
        if spares_leading_space(rules):
            yield Difference(
                text("This tokenizer puts a space before a text unless there is one; llama.cpp always puts one there."),
                lambda pair: (pair[0], pair[1].removeprefix(" ")),
            )


def _without_marks(said: str) -> str:
    return "".join(letter for letter in said if not unicodedata.category(letter).startswith("M"))
