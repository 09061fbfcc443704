"""A file that was made: where it is, what it was made from and how, and what a check has found."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.architectures import Layout
from app.core.checkpoint.purpose import Task
from app.core.convert import WrittenFile
from app.core.convert.target import type_name
from app.core.errors import PlanError
from app.core.ggml_types import OutputType
from app.core.model.imatrix import Imatrix
from app.core.plan import ConversionPlan, HeadChoice, PlanOptions, Prepared
from app.core.plan.header.edited import PREFIX, parse_entry
from app.core.plan.types.tensor_choices import parse_choice
from app.core.text import text
from app.core.verify.results.report import Verdict


@dataclass(frozen=True)
class UsedAdapter:
    """An adapter's file, and by how much it counted."""

    path: Path
    strength: float = 1.0


@dataclass(frozen=True)
class UsedOptions:
    """PlanOptions as plain values, as a person would write them; those that were not chosen are as in PlanOptions."""

    output_type: str = OutputType.AUTO
    head: str = HeadChoice.AUTO
    layout: str = ""
    tensor_types: tuple[str, ...] = ()  # PATTERN=TYPE
    imatrix: Path | None = None
    name: str = ""
    pre_tokenizer: str = ""
    metadata: tuple[str, ...] = ()  # KEY=VALUE
    split_max_size: int | None = None


@dataclass(frozen=True)
class FinishedFile:
    """`type_name`: as the file says it, Q4_K_M. `finished_at`: seconds since 1970.

    `sha256`: of the file, or of all its parts in order; empty where nobody has asked. `verdict`: None unless checked.
    """

    path: Path
    byte_count: int
    finished_at: float
    source: Path
    source_name: str
    type_name: str = ""
    task: Task = Task.TEXT
    further: tuple[Path, ...] = ()
    adapters: tuple[UsedAdapter, ...] = ()
    options: UsedOptions = field(default_factory=UsedOptions)
    sha256: tuple[str, ...] = ()
    verdict: Verdict | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """The file, or all its parts."""
        return (self.path, *self.further)

    @property
    def is_there(self) -> bool:
        """Whether it can be used now: with all its parts, and as large as it was."""
        try:
            return sum(path.stat().st_size for path in self.paths) == self.byte_count
        except OSError:
            return False


def finished_file(written: WrittenFile, prepared: Prepared, plan: ConversionPlan, now: float) -> FinishedFile:
    """What there is to remember of a conversion."""
    checkpoint = prepared.model.checkpoint
    return FinishedFile(
        path=written.path,
        byte_count=written.byte_count,
        finished_at=now,
        source=checkpoint.folder,
        source_name=checkpoint.name,
        type_name=type_name(plan),
        task=plan.task,
        further=written.further,
        adapters=tuple(UsedAdapter(one.adapter.file.path, one.strength) for one in plan.adapters),
        options=used_options(plan.options),
    )


def used_options(options: PlanOptions) -> UsedOptions:
    """As they are remembered."""
    return UsedOptions(
        output_type=options.output_type.value,
        head=options.head.value,
        layout=options.layout.value if options.layout else "",
        tensor_types=tuple(map(str, options.tensor_types)),
        imatrix=options.imatrix.file.path if options.imatrix else None,
        name=options.name,
        pre_tokenizer=options.pre_tokenizer,
        metadata=tuple(f"{one.key.removeprefix(PREFIX)}={_value(one.value)}" for one in options.metadata),
        split_max_size=options.split_max_size,
    )


def plan_options(used: UsedOptions, imatrix: Imatrix | None = None) -> PlanOptions:
    """The same choices once more, with the importance matrix as it was read again.

    Raises PlanError for a choice that this version does not know.
    """
    try:
        kind, head = OutputType(used.output_type), HeadChoice(used.head)
        layout = Layout(used.layout) if used.layout else None
    except ValueError as error:
        raise PlanError(
            text("The settings of this file are not known here: {reason}.", reason=str(error)),
            text("Convert the model again and choose them anew."),
        ) from None
    return PlanOptions(
        output_type=kind,
        head=head,
        layout=layout,
        tensor_types=tuple(map(parse_choice, used.tensor_types)),
        imatrix=imatrix,
        name=used.name,
        pre_tokenizer=used.pre_tokenizer,
        metadata=tuple(map(parse_entry, used.metadata)),
        split_max_size=used.split_max_size,
    )


def _value(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
