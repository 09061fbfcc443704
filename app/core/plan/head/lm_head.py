"""The lm_head verdict: is the output matrix tied to the embedding, and what is done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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

    @property
    def done(self) -> Text:
        """The same of a file that is finished."""
        return DONE[self]


KINDS: Mapping[HeadKind, Text] = {
    HeadKind.COMPARING: text("comparing"),
    HeadKind.TIED: text("shared"),
    HeadKind.COPY: text("copy of the embedding"),
    HeadKind.UNTIED: text("separate"),
    HeadKind.QUANTIZED_TWICE: text("same matrix, quantized twice"),
    HeadKind.IGNORED: text("a head that MLX ignores"),
    HeadKind.CANNOT_BE_KEPT: text("separate, cannot be kept"),
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
DONE: Mapping[HeadAction, Text] = {
    HeadAction.SHARE: text("Output layer: shared with the embedding"),
    HeadAction.WRITE_HEAD: text("Output layer: kept as it is"),
    HeadAction.WRITE_EMBEDDING_TWICE: text("Output layer: a second copy of the embedding"),
    HeadAction.SHARE_HEAD: text("Output layer: shared with the embedding, which was the coarser copy"),
    HeadAction.STOP: text("Output layer: not written"),
}
AS_IN_THE_FOLDER = ((HeadKind.TIED, HeadAction.SHARE), (HeadKind.UNTIED, HeadAction.WRITE_HEAD))


@dataclass(frozen=True)
class HeadOption:
    """What a choice would do, and the bytes of the whole file then; None where nothing is written, or not yet known."""

    choice: HeadChoice
    action: HeadAction
    byte_count: int | None = None


@dataclass(frozen=True)
class LmHeadVerdict:
    """Kind and action, with the evidence; the byte counts are those of the output matrix, shared and kept.

    What a choice costs is in `options`: types of other tensors may depend on it.

    `config_is_silent`: config.json does not say whether the output is tied.
    """

    kind: HeadKind
    action: HeadAction
    choice: HeadChoice
    comparison: HeadComparison | None
    share_byte_count: int = 0
    keep_byte_count: int = 0
    config_is_silent: bool = False
    options: tuple[HeadOption, ...] = ()

    @property
    def done(self) -> Text:
        """What a finished file has, and what the folder has where that is something else."""
        done = self.action.done
        if (self.kind, self.action) in AS_IN_THE_FOLDER:
            return done
        if (self.kind, self.action) == (HeadKind.COPY, HeadAction.SHARE):
            return text("Output layer: shared with the embedding; the copy is left out")
        return text("{done} (in the folder: {kind})", done=done, kind=self.kind.in_words)

    def option(self, choice: HeadChoice) -> HeadOption | None:
        """What this choice would do."""
        return next((one for one in self.options if one.choice is choice), None)

    def added(self, choice: HeadChoice) -> int | None:
        """Bytes by which the file grows, against the smallest that can be chosen; None where that is not known."""
        sizes = [one.byte_count for one in self.options if one.byte_count is not None]
        option = self.option(choice)
        return option.byte_count - min(sizes) if option and option.byte_count is not None else None
