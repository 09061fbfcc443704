"""What is asked of both engines alike: tables for passages, and what follows prompts."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from app.core.checkpoint.purpose import Task
from app.core.plan import Prepared
from app.core.text import text
from app.core.tokenizer import Vocabulary
from app.core.tokenizer.end_of_generation import ends_of
from app.core.verify.inference.machine_memory import LONGEST
from app.core.verify.inference.passages import Reading, passages_to_read
from app.core.verify.inference.prompts import Prompt, prompts_for
from app.core.verify.results.no_comparison import NoComparisonError
from app.core.verify.results.report import Step

ANSWER = 48  # tokens
CHOSEN = 8  # a token that is chosen costs as many that are read together: measured, 5 to 20


@dataclass(frozen=True)
class Questions:
    """`ends`: ids after which an answer is over, `length`: the most tokens that it has."""

    passages: tuple[Reading, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    ends: tuple[int, ...] = ()
    length: int = ANSWER

    @property
    def position_count(self) -> int:
        """Rows of a table."""
        return sum(one.position_count for one in self.passages)

    @property
    def token_count(self) -> int:
        """Tokens that an engine reads or chooses at most."""
        return self.position_count + sum(len(one.ids) + self.length for one in self.prompts)

    @property
    def effort(self) -> float:
        """What that costs, in tokens that are read together."""
        return self.position_count + sum(len(one.ids) + CHOSEN * self.length for one in self.prompts)


def vocabulary_of(prepared: Prepared) -> Vocabulary:
    """Raises NoComparisonError where there is none."""
    if prepared.vocabulary is None:
        raise NoComparisonError(text("The folder's vocabulary could not be read."))
    return prepared.vocabulary


def questions_for(prepared: Prepared, steps: Collection[Step], own: Path | None) -> Questions:
    """`own`: a person's text. Raises NoComparisonError, VerificationError."""
    checkpoint, vocabulary = prepared.model.checkpoint, vocabulary_of(prepared)
    if checkpoint.purpose.task is not Task.TEXT:
        raise NoComparisonError(text("This model makes vectors or scores, and predicts no tokens."))
    context = prepared.model.values.get("{arch}.context_length")
    longest = min(LONGEST, context) if type(context) is int and context > 1 else LONGEST
    length = min(ANSWER, longest // 2)
    questions = Questions(
        passages_to_read(checkpoint, own, longest) if Step.DISTRIBUTIONS in steps else (),
        prompts_for(checkpoint, longest - length) if Step.ANSWERS in steps else (),
        tuple(sorted(ends_of(vocabulary))),  # for both the same, so that an answer ends early on neither side
        length,
    )
    ids = [token for one in questions.passages for token in one.ids]
    ids += [token for one in questions.prompts for token in one.ids]
    if max(ids, default=0) >= vocabulary.row_count:
        raise NoComparisonError(
            text("The folder's tokenizer gives the token {token:,}, for which the model has no row.", token=max(ids))
        )
    return questions
