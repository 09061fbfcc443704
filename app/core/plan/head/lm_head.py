"""The lm_head verdict: is the output matrix tied to the embedding, and what is done about it. Pure rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.core.architectures import Architecture, Head, MlxHead
from app.core.model.facts import HeadComparison
from app.core.plan.options import HeadChoice
from app.core.text import Text, text


class HeadKind(StrEnum):
    """What was found."""

    COMPARING = "comparing"
    TIED = "tied"
    COPY = "tied, saved twice"
    UNTIED = "untied"
    QUANTIZED_TWICE = "same matrix, quantized twice"
    IGNORED = "a head that MLX ignores"
    CANNOT_BE_KEPT = "untied, cannot be kept"
    MISSING = "head missing"
    MISSHAPEN = "head of another shape"

    @property
    def in_words(self) -> Text:
        """As it is shown; the value is for programs."""
        return KINDS[self]


class HeadAction(StrEnum):
    """What is written."""

    SHARE = "share the embedding"  # no output.weight; llama.cpp uses token_embd.weight for both
    WRITE_HEAD = "write the head"  # output.weight from lm_head
    WRITE_EMBEDDING_TWICE = "write the embedding twice"  # llama.cpp does not load the file without output.weight
    SHARE_HEAD = "share the head"  # the head takes the embedding's place, being the finer copy
    STOP = "stop"

    @property
    def in_words(self) -> Text:
        """As it is shown; the value is for programs."""
        return ACTIONS[self]


KINDS: Mapping[HeadKind, Text] = {
    HeadKind.COMPARING: text("comparing"),
    HeadKind.TIED: text("tied"),
    HeadKind.COPY: text("tied, saved twice"),
    HeadKind.UNTIED: text("untied"),
    HeadKind.QUANTIZED_TWICE: text("same matrix, quantized twice"),
    HeadKind.IGNORED: text("a head that MLX ignores"),
    HeadKind.CANNOT_BE_KEPT: text("untied, cannot be kept"),
    HeadKind.MISSING: text("head missing"),
    HeadKind.MISSHAPEN: text("head of another shape"),
}
ACTIONS: Mapping[HeadAction, Text] = {
    HeadAction.SHARE: text("share the embedding"),
    HeadAction.WRITE_HEAD: text("write the head"),
    HeadAction.WRITE_EMBEDDING_TWICE: text("write the embedding twice"),
    HeadAction.SHARE_HEAD: text("share the head"),
    HeadAction.STOP: text("stop"),
}


@dataclass(frozen=True)
class HeadEvidence:
    """All that the verdict rests on. `config_ties` is None when config.json is silent."""

    has_head: bool
    shapes_match: bool
    config_ties: bool | None
    comparison: HeadComparison | None  # None: there is no head, or it has not been looked at yet


@dataclass(frozen=True)
class LmHeadVerdict:
    """Kind and action, with the evidence; the byte counts say what sharing and keeping cost in this file."""

    kind: HeadKind
    action: HeadAction
    choice: HeadChoice
    comparison: HeadComparison | None
    share_byte_count: int = 0
    keep_byte_count: int = 0


def judge_lm_head(
    family: Architecture, evidence: HeadEvidence, choice: HeadChoice = HeadChoice.AUTO
) -> tuple[HeadKind, HeadAction]:
    """Bytes decide, not names. Without a comparison of an existing head the verdict is COMPARING."""
    kind = _kind(family, evidence)
    return kind, _action(family, kind, choice, evidence)


def _kind(family: Architecture, evidence: HeadEvidence) -> HeadKind:
    ties = family.ties_by_default if evidence.config_ties is None else evidence.config_ties
    if not evidence.has_head:
        return HeadKind.TIED if ties or family.mlx_head is MlxHead.NEVER else HeadKind.MISSING
    if not evidence.shapes_match:
        return HeadKind.MISSHAPEN
    if evidence.comparison is None:
        return HeadKind.COMPARING
    if evidence.comparison.are_equal:
        return HeadKind.COPY
    if family.mlx_head is MlxHead.CONFIG and ties:
        return HeadKind.IGNORED
    if evidence.comparison.within_steps:
        return HeadKind.QUANTIZED_TWICE
    if family.head is Head.NEVER:
        return HeadKind.CANNOT_BE_KEPT
    return HeadKind.IGNORED if family.mlx_head is MlxHead.NEVER else HeadKind.UNTIED


def _action(family: Architecture, kind: HeadKind, choice: HeadChoice, evidence: HeadEvidence) -> HeadAction:
    share = HeadAction.WRITE_EMBEDDING_TWICE if family.head is Head.REQUIRED else HeadAction.SHARE
    if choice is HeadChoice.SHARE:
        return share
    if choice is HeadChoice.KEEP and evidence.has_head:
        writable = family.head is not Head.NEVER and kind is not HeadKind.MISSHAPEN
        return HeadAction.WRITE_HEAD if writable else HeadAction.STOP
    return {
        HeadKind.COMPARING: share,  # provisional
        HeadKind.TIED: share,
        HeadKind.COPY: HeadAction.WRITE_HEAD if family.head is Head.REQUIRED else HeadAction.SHARE,
        HeadKind.UNTIED: HeadAction.WRITE_HEAD,
        HeadKind.QUANTIZED_TWICE: _better_copy(family, evidence),
        HeadKind.IGNORED: share,
        HeadKind.CANNOT_BE_KEPT: HeadAction.STOP,
        HeadKind.MISSING: HeadAction.STOP,
        HeadKind.MISSHAPEN: HeadAction.STOP,
    }[kind]


def _better_copy(family: Architecture, evidence: HeadEvidence) -> HeadAction:
    """Both copies as MLX computes, or the finer one where llama.cpp reads only one."""
    comparison = evidence.comparison
    if family.head is not Head.NEVER or comparison is None:
        return HeadAction.WRITE_HEAD
    return HeadAction.SHARE_HEAD if comparison.head_step < comparison.embedding_step else HeadAction.SHARE
