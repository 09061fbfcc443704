"""prepare_plan: everything between opening a folder and a final plan, for callers who show nothing in between."""

from collections.abc import Iterable
from dataclasses import replace

from app.core.checkpoint import Checkpoint
from app.core.ggml_types import OutputType
from app.core.model.facts import WeightFacts
from app.core.plan import ConversionPlan, PlanOptions, make_plan
from app.core.plan.vocabulary_rows import vocabulary_rows
from app.core.progress import IsCancelled, OnProgress, ignore_progress, never_cancelled
from app.core.sandbox import thread_for_children
from app.core.tokenizer import Vocabulary, read_vocabulary
from app.core.weights.look import look


def prepare_plan(
    checkpoint: Checkpoint,
    options: PlanOptions,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> ConversionPlan:
    """Read the vocabulary, look at the weights, make the final plan. Raises Cancelled, ConversionError."""
    (plan,) = prepare_plans(checkpoint, options, (options.output_type,), on_progress, is_cancelled)
    return plan


def prepare_plans(
    checkpoint: Checkpoint,
    options: PlanOptions,
    output_types: Iterable[OutputType],
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> tuple[ConversionPlan, ...]:
    """A plan for each type, after one look. Raises Cancelled, ConversionError."""
    vocabulary, facts = read_all(checkpoint, options.pre_tokenizer, on_progress, is_cancelled)
    return tuple(
        make_plan(checkpoint, replace(options, output_type=output_type), vocabulary, facts)
        for output_type in output_types
    )


def read_all(
    checkpoint: Checkpoint, pre_tokenizer: str | None, on_progress: OnProgress, is_cancelled: IsCancelled
) -> tuple[Vocabulary | None, WeightFacts]:
    """The vocabulary and the look at the weights, at once. Raises Cancelled, ConversionError."""
    with thread_for_children() as beside:
        vocabulary = beside.submit(vocabulary_of, checkpoint, pre_tokenizer)
        facts = look(checkpoint, on_progress, is_cancelled)
        return vocabulary.result(), facts


def vocabulary_of(checkpoint: Checkpoint, pre_tokenizer: str | None = None) -> Vocabulary | None:
    """The vocabulary with as many tokens as the embedding has rows; None where no sound embedding was found."""
    rows = vocabulary_rows(checkpoint)
    return None if rows is None else read_vocabulary(checkpoint, rows, pre_tokenizer)
