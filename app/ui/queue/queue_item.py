"""One row of the queue: what is to be made of what, how far it is, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from app.core.checkpoint import Checkpoint
from app.core.convert import WrittenFile
from app.core.model.fine_tunes import AdapterChoice
from app.core.plan import ConversionPlan, PlanOptions, Prepared
from app.core.plan.adapter import AdapterPlan
from app.core.progress import Progress
from app.ui.proof.file_check import FileCheck
from app.ui.widgets.failure import Failure


class ItemState(Enum):
    """What is being done with an item."""

    WAITING = auto()  # to be converted, or with files that are there to be checked
    OPENING = auto()
    CONVERTING = auto()
    CHECKING = auto()
    REPORTING = auto()  # files are read back for their checksums
    DONE = auto()  # the files are there, whatever a check came to
    FAILED = auto()
    STOPPED = auto()

    @property
    def is_running(self) -> bool:
        """Whether a job is at work on it."""
        return self in (ItemState.OPENING, ItemState.CONVERTING, ItemState.CHECKING, ItemState.REPORTING)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be done unless somebody asks for it."""
        return self in (ItemState.DONE, ItemState.FAILED, ItemState.STOPPED)


@dataclass(frozen=True)
class ModelFiles:
    """A model that was prepared, and a plan for each of its files."""

    prepared: Prepared
    plans: tuple[ConversionPlan, ...]


@dataclass(frozen=True)
class AdapterFile:
    """Adapters as a file of their own."""

    plan: AdapterPlan


@dataclass(frozen=True)
class Unopened:
    """A folder that is opened when its turn comes; then `folder` says where its file goes.

    An item that has its files already is only checked.
    """

    options: PlanOptions
    folder: Callable[[Checkpoint, ConversionPlan], Path]


Source = ModelFiles | AdapterFile | Unopened


@dataclass(frozen=True)
class Finished:
    """A file that was written, and what it was made from."""

    written: WrittenFile
    prepared: Prepared
    plan: ConversionPlan


@dataclass(frozen=True)
class QueueItem:
    """What is wanted comes first, what the queue adds after it.

    `number` names it as long as the program runs. `made` is `source`, or what became of it when it was opened.
    `to_check` are the numbers of the files that are still to be checked, the one at hand first, of `check_count`.
    """

    title: str
    folder: Path
    source: Source
    targets: tuple[Path, ...] = ()  # an unopened folder finds them out
    adapters: tuple[AdapterChoice, ...] = ()
    overwrite: bool = False
    checks_afterwards: bool = False
    reports_afterwards: bool = False  # of a model; after the checks
    number: int = 0
    made: ModelFiles | AdapterFile | None = None
    state: ItemState = ItemState.WAITING
    progress: Progress | None = None
    written: tuple[WrittenFile, ...] = ()
    failure: Failure | None = None
    checks: tuple[FileCheck, ...] = ()
    to_check: tuple[int, ...] = ()
    check_count: int = 0

    @property
    def finished(self) -> tuple[Finished, ...]:
        """The model's files that are there; an adapter's own file is none."""
        if not isinstance(self.made, ModelFiles):
            return ()
        prepared = self.made.prepared
        return tuple(
            Finished(one, prepared, plan)
            for one, plan in zip(self.written, self.made.plans if self.written else (), strict=True)
        )

    @property
    def has_files_to_write(self) -> bool:
        """Whether files are being written, or will be."""
        return not self.written and not self.state.is_over
