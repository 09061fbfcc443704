"""prepare: everything between opening a folder and a final plan, for callers who show nothing in between."""

from dataclasses import replace
from pathlib import Path

from gguf import GGMLQuantizationType

from app.core.checkpoint import Checkpoint
from app.core.ggml_types import T
from app.core.model.fine_tunes import open_adapter
from app.core.model.identify import Model, identify
from app.core.plan import ConversionPlan, PlanOptions, Prepared
from app.core.plan.adapter import AdapterPlan, plan_adapters
from app.core.progress import IsCancelled, OnProgress, ignore_progress, never_cancelled
from app.core.sandbox import thread_for_children
from app.core.tokenizer import Vocabulary, read_vocabulary
from app.core.weights.look import look


def prepare(
    model: Model,
    pre_tokenizer: str = "",
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> Prepared:
    """Read the vocabulary and look at the weights, at once. Raises Cancelled, ConversionError.

    `pre_tokenizer` is a name that llama.cpp knows, "" for the one that is recognised.
    """
    with thread_for_children() as beside:
        vocabulary = beside.submit(vocabulary_of, model, pre_tokenizer)
        facts = look(model, on_progress, is_cancelled)
        return Prepared(model, vocabulary.result(), facts, pre_tokenizer)


def with_pre_tokenizer(prepared: Prepared, pre_tokenizer: str) -> Prepared:
    """The same with the vocabulary read again, in half a second to two; weights are not looked at again."""
    vocabulary = vocabulary_of(prepared.model, pre_tokenizer)
    return replace(prepared, vocabulary=vocabulary, pre_tokenizer=pre_tokenizer)


def prepare_plan(checkpoint: Checkpoint, options: PlanOptions) -> ConversionPlan:
    """The final plan for one folder. Raises ConversionError."""
    return prepare(identify(checkpoint), options.pre_tokenizer).plan(options)


def prepare_adapter(
    path: Path,
    base: Path | None = None,
    kind: GGMLQuantizationType = T.F32,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> AdapterPlan:
    """The plan of an adapter's own file; `base` is the model's folder, which else is looked for.

    Raises Cancelled, CheckpointError, ConversionError.
    """
    checkpoint, applied = open_adapter(path, base)
    model = identify(checkpoint, (applied,))
    prepared = Prepared(model, None, look(model, on_progress, is_cancelled))
    (plan,) = plan_adapters(prepared, PlanOptions(), (kind,))
    return plan


def vocabulary_of(model: Model, pre_tokenizer: str = "") -> Vocabulary | None:
    """The vocabulary with as many tokens as the embedding has rows; None where no sound embedding was found."""
    rows = model.vocabulary_rows
    return None if rows is None else read_vocabulary(model.checkpoint, rows, model.known_vocabulary, pre_tokenizer)
