"""The open model and what is chosen for it, each choice to be undone; its plans are the planner's."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.core.checkpoint import Checkpoint
from app.core.ggml_types import OutputType
from app.core.model.adapted import Applied
from app.core.model.fine_tunes import AdapterChoice
from app.core.model.identify import Model
from app.core.plan import ConversionPlan, PlanOptions, Prepared, remedied
from app.core.remedies import Applicable
from app.core.tokenizer import Vocabulary
from app.ui.choice_history import ChoiceHistory, Choices
from app.ui.imatrix_reading import ImatrixReading
from app.ui.job import Job
from app.ui.planner import Planner
from app.ui.session_state import State
from app.ui.session_work import Plans, plan_adapter_files
from app.ui.trying import Trying

__all__ = ["Session", "State"]


class Session(QObject):
    """Holds one model at a time. Everything it tells comes on the UI thread."""

    state_changed = Signal(object)
    folder_changed = Signal(object)  # Checkpoint
    plan_changed = Signal(object)  # ConversionPlan
    vocabulary_changed = Signal(object)  # Vocabulary, or None
    failed = Signal(object)  # the exception

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._planner = planner = Planner(self)
        self.trying, self._reading = Trying(planner.jobs), ImatrixReading(planner.jobs)
        self.also: tuple[OutputType, ...] = ()  # types of further files; never the chosen one
        self.history = ChoiceHistory(Choices(PlanOptions()))
        planner.state_changed.connect(self.state_changed)
        planner.folder_changed.connect(self.folder_changed)
        planner.plans_changed.connect(lambda: self.plan_changed.emit(self.plan))
        planner.vocabulary_changed.connect(self._vocabulary_changed)
        planner.failed.connect(self.failed)
        self._reading.read.connect(lambda imatrix: self.choose(imatrix=imatrix))
        self._reading.failed.connect(self.failed)

    @property
    def state(self) -> State:
        """What is going on with the open model."""
        return self._planner.state

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The open folder."""
        return self._planner.checkpoint

    @property
    def model(self) -> Model | None:
        """The open folder and its family."""
        return self._planner.prepared.model if self._planner.prepared else None

    @property
    def options(self) -> PlanOptions:
        """What is chosen; plans by it may still be on their way."""
        return self._planner.options

    @property
    def adapters(self) -> tuple[Applied, ...]:
        """Those of the model, by how much each is to count."""
        return self._planner.adapters

    @property
    def training_states(self) -> tuple[tuple[Path, ...], ...]:
        """Of each adapter the files to choose from."""
        return self._planner.training_states

    @property
    def plans(self) -> Plans:
        """The plans that are there, by their types."""
        return self._planner.plans

    @property
    def plan(self) -> ConversionPlan | None:
        """The plan for the chosen type."""
        return self._planner.plan

    @property
    def orders(self) -> tuple[ConversionPlan, ...]:
        """The plans of all files that are to be written, the chosen type's first."""
        return tuple(self.plans[kind] for kind in (self.options.output_type, *self.also) if kind in self.plans)

    @property
    def has_pre_tokenizers(self) -> bool:
        """Whether there is a choice of pre-tokenizers."""
        prepared = self._planner.prepared
        return prepared is not None and prepared.vocabulary is not None and prepared.vocabulary.has_pre_tokenizers

    @property
    def is_working(self) -> bool:
        """Whether anything is on its way."""
        return self._planner.jobs.job is not None or self._reading.goes_on

    def open(self, path: Path, adapters: Sequence[Path] = (), options: PlanOptions | None = None) -> None:
        """Open the folder at `path` or around it, or an adapter with its base, in the background.

        What was open before is forgotten. `adapters` are added to the model, `options` are chosen at first.
        """
        self._reading.drop()
        options = options or PlanOptions()
        self.also, self.history = (), ChoiceHistory(Choices(options))
        self._planner.open(path, tuple(map(AdapterChoice, adapters)), options)

    def add_adapter(self, path: Path) -> None:
        """Add what an adapter trained to the open model; everything else stays as it was chosen."""
        self._planner.open_again((*self._adapter_choices, AdapterChoice(path)))

    def remove_adapter(self, number: int) -> None:
        """The model without one of its adapters."""
        self._planner.open_again((*self._adapter_choices[:number], *self._adapter_choices[number + 1 :]))

    def choose_training_state(self, number: int, file: Path) -> None:
        """Another file of the same training."""
        choices = list(self._adapter_choices)
        choices[number] = replace(choices[number], path=file)
        self._planner.open_again(choices)

    def choose_strength(self, number: int, strength: float) -> None:
        """By how much an adapter is to count: 1 as it was trained."""
        if self.state in (State.READY, State.LOOKING):
            applied = list(self.adapters)
            applied[number] = replace(applied[number], strength=strength)
            self._planner.weigh(tuple(applied))

    @property
    def _adapter_choices(self) -> tuple[AdapterChoice, ...]:
        return tuple(AdapterChoice(one.adapter.file.path, one.strength) for one in self.adapters)

    def choose(self, **changes: Any) -> None:
        """Another choice, by the names of PlanOptions: a type whose plan is there at once, else in the background."""
        self._choose(Choices(replace(self.options, **changes), self.also))

    def follow(self, remedy: Applicable) -> None:
        """Choose what a remedy asks for, with everything else as it was chosen."""
        self._choose(Choices(remedied(remedy, self.options), self.also))

    def choose_formats(self, kind: OutputType, also: Collection[OutputType]) -> None:
        """A type, and those of further files, in one choice; their plans are there already."""
        self._choose(Choices(replace(self.options, output_type=kind), tuple(also)))

    def undo(self) -> None:
        """Choose again what was chosen before."""
        self._plan(self.history.undo())

    def redo(self) -> None:
        """Choose again what was undone."""
        self._plan(self.history.redo())

    def _choose(self, choices: Choices) -> None:
        kind = choices.options.output_type
        if self.checkpoint is not None and kind in self.plans:
            also = tuple(one for one in choices.also if one in self.plans and one is not kind)
            self._plan(self.history.choose(replace(choices, also=also)))

    def _plan(self, choices: Choices) -> None:
        self.also = choices.also
        self._planner.choose(choices.options)

    def read_imatrix(self, path: Path) -> None:
        """Take the importance matrix in a file, read beside the plans that are on their way."""
        if self.state is State.READY:
            self._reading.start(path)

    def when_planned(self, then: Callable[[Prepared, tuple[ConversionPlan, ...]], object]) -> None:
        """Hand over what can be converted now, or as soon as new plans are there: the chosen type's plan first."""
        if self._reading.goes_on:
            self._reading.afterwards(lambda: self.when_planned(then))
        else:
            self._planner.when_planned(lambda prepared: then(prepared, self.orders))

    def plan_adapter_files(self) -> Job:
        """Plan the adapters as a file of their own, in every type; nothing changes here."""
        prepare, options = self._planner.prepared_with_strengths(), self.options
        return self._planner.jobs.beside(lambda *callbacks: plan_adapter_files(prepare(), options, *callbacks))

    def _vocabulary_changed(self, vocabulary: Vocabulary | None) -> None:
        self.trying.use(self.checkpoint, vocabulary)
        self.vocabulary_changed.emit(vocabulary)

    def shut_down(self) -> None:
        """Stop and wait; the program is about to end."""
        self._reading.drop()
        self._planner.drop()
        self.trying.use(None, None)  # a text that waits for the one being tried is not begun
        self._planner.jobs.shut_down()
