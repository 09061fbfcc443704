"""What the session's jobs do, off the UI thread: open, look, plan."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.checkpoint import Checkpoint
from app.core.checkpoint.subfolders import newest_snapshot
from app.core.convert.prepare import prepare, with_pre_tokenizer
from app.core.ggml_types import FLOAT_TYPES, OutputType
from app.core.model.adapted import Applied
from app.core.model.fine_tunes import AdapterChoice, open_fine_tune, training_states
from app.core.model.identify import Model, identify
from app.core.plan import ConversionPlan, PlanOptions, Prepared
from app.core.plan.adapter import AdapterPlan, plan_adapters
from app.core.progress import IsCancelled, OnProgress
from app.core.weights.look import look

Plans = dict[OutputType, ConversionPlan]


@dataclass(frozen=True)
class Opened:
    """A folder with its first plan. `base` is the folder without what adapters make of its tensors.

    `training_states`, of each adapter: the files to choose from.
    """

    base: Checkpoint
    prepared: Prepared
    options: PlanOptions
    plans: Plans
    adapters: tuple[Applied, ...]
    training_states: tuple[tuple[Path, ...], ...]


@dataclass(frozen=True)
class Looked:
    """The same with vocabulary and weights looked at, and the plans for all types."""

    prepared: Prepared
    options: PlanOptions
    plans: Plans


def open_model(path: Path, choices: Sequence[AdapterChoice], options: PlanOptions) -> Opened:
    """A model, or an adapter and its base, from headers and JSON. Raises CheckpointError."""
    base, adapters = open_fine_tune(newest_snapshot(path), choices)
    prepared = Prepared(identify(base, adapters))
    plans = {options.output_type: prepared.plan(options)}  # the table first, other types after the look
    states = tuple(training_states(one.adapter) for one in adapters)
    return Opened(base, prepared, options, plans, adapters, states)


def with_strengths(prepared: Prepared, base: Checkpoint, adapters: tuple[Applied, ...]) -> Prepared:
    """The same with adapters that count more or less, which changes nothing of what was looked at."""
    if prepared.model.adapters == adapters:
        return prepared
    return replace(prepared, model=identify(base, adapters))


def plan_one(prepared: Prepared, options: PlanOptions) -> tuple[Prepared, ConversionPlan]:
    """What was planned with, and the plan of the chosen type."""
    return prepared, prepared.plan(options)


def look_at(model: Model, options: PlanOptions, on_progress: OnProgress, is_cancelled: IsCancelled) -> Looked:
    """Read the vocabulary, look at the weights. Raises Cancelled, ConversionError."""
    prepared = prepare(model, options.pre_tokenizer, on_progress, is_cancelled)
    return Looked(prepared, options, plan_all(prepared, options))


def read_again(prepared: Prepared, options: PlanOptions) -> Looked:
    """The vocabulary with the pre-tokenizer that was chosen."""
    prepared = with_pre_tokenizer(prepared, options.pre_tokenizer)
    return Looked(prepared, options, plan_all(prepared, options))


def plan_all(prepared: Prepared, options: PlanOptions) -> Plans:
    """A plan for each type, so that the exact size of every choice can be shown."""
    return dict(zip(OutputType, prepared.plans(options, OutputType), strict=True))


def plan_adapter_files(
    prepared: Prepared, options: PlanOptions, on_progress: OnProgress, is_cancelled: IsCancelled
) -> tuple[AdapterPlan, ...]:
    """The adapters as a file of their own, one plan for each type. Raises Cancelled, ConversionError.

    Where the weights have not been looked at, because of what stops the model, that is made up for.
    """
    if prepared.facts is None:
        prepared = replace(prepared, facts=look(prepared.model, on_progress, is_cancelled))
    return plan_adapters(prepared, options, tuple(FLOAT_TYPES.values()))
