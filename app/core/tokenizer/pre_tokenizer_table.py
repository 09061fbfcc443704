"""What llama.cpp knows about pre-tokenizers: resources/pre_tokenizers.json."""

import json
from dataclasses import dataclass
from functools import cache

from app.core.resources import resource_path

# tokenizer.json's way to write a group without regard to case, and llama.cpp's, whose engine lacks it
CASELESS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPELLED_OUT = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
# GPT-2's expression, which the pre-tokenizer ByteLevel has built in; llama.cpp leaves the last branch out
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"


@dataclass(frozen=True)
class Group:
    """Names that llama.cpp treats alike; for each regular expression the ways to write it."""

    names: tuple[str, ...]
    expressions: tuple[frozenset[str], ...]
    ignore_merges: bool
    adds_bos: bool

    def fits(self, expressions: tuple[str, ...]) -> bool:
        """Whether a text is cut up by these very expressions."""
        return len(expressions) == len(self.expressions) and all(
            own in ways for own, ways in zip(expressions, self.expressions, strict=True)
        )


@dataclass(frozen=True)
class PreTokenizerTable:
    """`digests`: sha256 of the ids of `text`, written as Python writes a list → name."""

    text: str
    digests: dict[str, str]
    groups: tuple[Group, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All that llama.cpp can load, in order."""
        return tuple(sorted(name for group in self.groups for name in group.names))

    @property
    def names_that_add_bos(self) -> frozenset[str]:
        """Those with which llama.cpp starts a text with bos when the file does not say whether."""
        return frozenset(name for group in self.groups if group.adds_bos for name in group.names)

    def groups_with(self, expressions: tuple[str, ...]) -> list[Group]:
        """The most common first."""
        known = list(self.digests.values())
        found = [group for group in self.groups if group.fits(expressions)]
        return sorted(found, key=lambda group: -sum(known.count(name) for name in group.names))


@cache
def pre_tokenizer_table() -> PreTokenizerTable:
    """The table, read once."""
    raw = json.loads(resource_path("pre_tokenizers.json").read_text(encoding="utf-8"))
    groups = (
        Group(
            tuple(group["names"]),
            tuple(frozenset(map(canonical, ways)) for ways in group["regexes"]),
            group["ignore_merges"],
            group["adds_bos"],
        )
        for group in raw["groups"]
    )
    return PreTokenizerTable(raw["text"], raw["digests"], tuple(groups))


def canonical(expression: str) -> str:
    """One way of writing for expressions that mean the same."""
    spelled = expression.replace(CASELESS, SPELLED_OUT)
    return GPT2 if spelled == GPT2 + r"|\s+" else spelled
