"""What was proved of a file, as plain data that any front can show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp
from pathlib import Path

from app.core.encode.kept import Kept
from app.core.plan import ConversionPlan
from app.core.text import NOTHING, Text, Titled, text
from app.core.verify.header.header_proof import HeaderProof
from app.core.verify.weights.weight_proof import WeightProof


class Verdict(Titled):
    """What a person should think of a file."""

    SAME = text("The same")
    CLOSE = text("Very close")
    DEGRADED = text("Degraded")
    BROKEN = text("Broken")

    @property
    def is_good(self) -> bool:
        """Whether the file may be used as the model it was made from."""
        return self in (Verdict.SAME, Verdict.CLOSE)


@dataclass(frozen=True)
class TokenizedText:
    """A text, and the ids that the folder's tokenizer and llama.cpp with the file give for it."""

    text: str
    by_folder: tuple[int, ...]
    by_file: tuple[int, ...]

    @property
    def is_same(self) -> bool:
        """Whether both read the text alike."""
        return self.by_folder == self.by_file


@dataclass(frozen=True)
class Conversation:
    """A conversation as the folder's chat template renders it with jinja2, and the file's with llama.cpp's engine."""

    name: Text
    by_folder: str
    by_file: str

    @property
    def is_same(self) -> bool:
        """Whether a model is given the same text."""
        return self.by_folder == self.by_file


@dataclass(frozen=True)
class VocabularyProof:
    """Texts, conversations and the ids of tokens that end a text; `notes`: what could not be compared, and why."""

    texts: tuple[TokenizedText, ...]
    conversations: tuple[Conversation, ...]
    ends_by_folder: tuple[int, ...]
    ends_by_file: tuple[int, ...]
    notes: tuple[Text, ...] = ()
    problems: tuple[Text, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing differs."""
        return not self.problems


@dataclass(frozen=True)
class Position:
    """One next-token distribution of both: mlx-lm's with the folder is taken for the truth.

    `divergence`: Kullback-Leibler, in nats; `same_best`: whether both hold the same token for the likeliest;
    `by_folder`, `by_file`: log-probabilities of the token that really follows.
    """

    token: int
    divergence: float
    same_best: bool
    by_folder: float
    by_file: float


@dataclass(frozen=True)
class Figure:
    """A value and its standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class DistributionFigures:
    """As llama-perplexity --kl-divergence names them; divergences in nats, shares between 0 and 1."""

    mean: Figure
    median: float
    percentile_99: float
    percentile_99_9: float
    maximum: float
    same_top: Figure
    rms_change: Figure  # of the probability of the token that really follows
    perplexity_of_folder: Figure
    perplexity_of_file: Figure


@dataclass(frozen=True)
class Passage:
    """A part of the text that both engines read from the start; `tokens` has one more than `positions`."""

    name: Text
    positions: tuple[Position, ...]


@dataclass(frozen=True)
class DistributionProof:
    """All positions, and what they come to."""

    passages: tuple[Passage, ...]
    figures: DistributionFigures


@dataclass(frozen=True)
class Token:
    """A token that an engine chose: its piece of text, its probability and that of the second likeliest."""

    id: int
    piece: str
    log_probability: float
    second_log_probability: float

    @property
    def chances(self) -> tuple[float, float]:
        """The probabilities of the two likeliest."""
        return exp(self.log_probability), exp(self.second_log_probability)


@dataclass(frozen=True)
class Answer:
    """What both say, greedily, to one prompt; `first_difference` is None where they say the same."""

    prompt: str
    by_folder: tuple[Token, ...]
    by_file: tuple[Token, ...]

    @property
    def first_difference(self) -> int | None:
        """The number of the first token that differs, or at which only one has ended."""
        pairs = zip(self.by_folder, self.by_file, strict=False)
        differing = next((place for place, (one, other) in enumerate(pairs) if one.id != other.id), None)
        if differing is None and len(self.by_folder) != len(self.by_file):
            return min(len(self.by_folder), len(self.by_file))
        return differing

    @property
    def chances(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """Where they first differ: probabilities of the folder's two likeliest tokens, and of the file's two.

        Two that are nearly equal explain the difference. None where nothing differs, or only one has ended.
        """
        place = self.first_difference
        if place is None or place >= min(len(self.by_folder), len(self.by_file)):
            return None
        return self.by_folder[place].chances, self.by_file[place].chances


@dataclass(frozen=True)
class Limit:
    """The largest mean divergence, in nats, with which a file of this type still deserves a verdict."""

    verdict: Verdict
    divergence: float


@dataclass(frozen=True)
class VerificationReport:
    """Everything; a step that was not done is None, and `skipped` says why, by the step's name.

    `limits`: what the verdict went by. `kept`, by name, is how much of an adapter's change is in the file. `plan`: what
    the file was compared with.
    """

    folder: Path
    file: Path
    verdict: Verdict
    reason: Text
    weights: WeightProof | None = None
    header: HeaderProof | None = None
    vocabulary: VocabularyProof | None = None
    distributions: DistributionProof | None = None
    answers: tuple[Answer, ...] | None = None
    skipped: tuple["Skipped", ...] = ()
    warnings: tuple[Text, ...] = ()
    limits: tuple[Limit, ...] = ()
    kept: Mapping[str, Kept] = field(default_factory=dict)
    sha256: str = ""
    versions: tuple[tuple[str, str], ...] = ()
    machine: Text = NOTHING
    seconds: float = 0.0
    plan: ConversionPlan | None = field(default=None, repr=False)


class Step(Titled):
    """The steps of a verification, in their order."""

    WEIGHTS = text("Weights")
    SETTINGS = text("Settings")
    VOCABULARY = text("Vocabulary")
    DISTRIBUTIONS = text("Next-token distributions")
    ANSWERS = text("Answers")


@dataclass(frozen=True)
class Skipped:
    """A step that was not done, with the reason as a sentence."""

    step: Step
    reason: Text
