"""The open model: its folder, its plans, what is chosen. Starts the jobs that open, look and plan."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from enum import Enum, auto
from pathlib import Path
from typing import Any

from gguf import GGMLQuantizationType
from PySide6.QtCore import QObject, Signal

from app.core.checkpoint import Checkpoint
from app.core.ggml_types import OutputType
from app.core.model.adapted import Applied
from app.core.model.fine_tunes import AdapterChoice
from app.core.plan import ConversionPlan, PlanOptions, Prepared, remedied
from app.core.plan.types.tensor_choices import with_choice
from app.core.remedies import Applicable
from app.core.sandbox import no_children
from app.core.tokenizer import Vocabulary
from app.core.tokenizer.try_text import try_text
from app.core.weights.imatrix_file import read_imatrix
from app.ui.choice_history import ChoiceHistory, Choices
from app.ui.job import Job, Work
from app.ui.session_work import (
    Looked,
    Opened,
    Plans,
    look_at,
    open_model,
    plan_adapter_files,
    plan_all,
    plan_one,
    read_again,
    with_strengths,
)


class State(Enum):
    """What is going on."""

    EMPTY = auto()  # no folder
    OPENING = auto()  # headers are being read
    LOOKING = auto()  # the plan is provisional; vocabulary and head are being looked at
    READY = auto()


class Session(QObject):
    """Holds one folder at a time. Everything it tells comes on the UI thread."""

    state_changed = Signal(object)
    folder_changed = Signal(object)  # Checkpoint, or None
    plan_changed = Signal(object)  # ConversionPlan
    vocabulary_changed = Signal(object)  # Vocabulary, or None
    tried = Signal(object)  # TriedText, or the error
    failed = Signal(object)  # the exception

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = State.EMPTY
        self.plans: Plans = {}
        self.also: tuple[OutputType, ...] = ()  # types of further files; never the one above
        self.options = PlanOptions()
        self.adapters: tuple[Applied, ...] = ()  # by how much each is to count, plans may still be on their way
        self.training_states: tuple[tuple[Path, ...], ...] = ()  # of each adapter the files to choose from
        self.history = ChoiceHistory(Choices(self.options))
        self._base: Checkpoint | None = None  # the folder without what adapters make of it
        self._prepared: Prepared | None = None
        self._job: Job | None = None
        self._trying: Job | None = None
        self._next_text = ""
        self._waiting: Callable[[], None] | None = None  # to be done once new plans are there

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The open folder."""
        return self._prepared.model.checkpoint if self._prepared else None

    @property
    def _vocabulary(self) -> Vocabulary | None:
        return self._prepared.vocabulary if self._prepared else None

    @property
    def has_pre_tokenizers(self) -> bool:
        """Whether there is a choice of pre-tokenizers."""
        return self._vocabulary is not None and self._vocabulary.has_pre_tokenizers

    @property
    def plan(self) -> ConversionPlan | None:
        """The plan for the chosen type."""
        return self.plans.get(self.options.output_type)

    @property
    def orders(self) -> tuple[ConversionPlan, ...]:
        """The plans of all files that are to be written, the chosen type's first."""
        return tuple(self.plans[kind] for kind in (self.options.output_type, *self.also) if kind in self.plans)

    def open(self, path: Path, adapters: Sequence[Path] = ()) -> None:
        """Open the folder at `path` or around it, or an adapter with its base, in the background.

        What was open before is forgotten. `adapters` are added to the model.
        """
        self._drop_job()
        self.options, self.also = PlanOptions(), ()
        self.history = ChoiceHistory(Choices(self.options))
        if self._prepared is not None:  # what was open stays in sight until the other one is there
            self._prepared = replace(self._prepared, vocabulary=None, facts=None)
        self.vocabulary_changed.emit(None)
        self._set_state(State.OPENING)
        choices = tuple(map(AdapterChoice, adapters))
        self._start(lambda *_: open_model(path, choices, PlanOptions()), self._opened_anew)

    def add_adapter(self, path: Path) -> None:
        """Add what an adapter trained to the open model; everything else stays as it was chosen."""
        self._open_again((*self._adapter_choices, AdapterChoice(path)))

    def remove_adapter(self, number: int) -> None:
        """The model without one of its adapters."""
        self._open_again((*self._adapter_choices[:number], *self._adapter_choices[number + 1 :]))

    def choose_training_state(self, number: int, file: Path) -> None:
        """Another file of the same training."""
        choices = list(self._adapter_choices)
        choices[number] = replace(choices[number], path=file)
        self._open_again(choices)

    def choose_strength(self, number: int, strength: float) -> None:
        """By how much an adapter is to count: 1 as it was trained."""
        if self.state not in (State.READY, State.LOOKING):
            return
        applied = list(self.adapters)
        applied[number] = replace(applied[number], strength=strength)
        self.adapters = tuple(applied)
        if self.state is State.READY:
            self._plan_again()

    @property
    def _adapter_choices(self) -> tuple[AdapterChoice, ...]:
        return tuple(AdapterChoice(one.adapter.file.path, one.strength) for one in self.adapters)

    def _open_again(self, adapters: Sequence[AdapterChoice]) -> None:
        """The same folder with these adapters. What is open stays as it is until that has worked."""
        if self._base is None or self.state not in (State.READY, State.LOOKING):
            return
        self._drop_job()
        folder, options = self._base.folder, self.options
        self._set_state(State.OPENING)
        self._start(lambda *_: open_model(folder, adapters, options), self._opened)

    def choose(self, **changes: Any) -> None:
        """Another choice, by the names of PlanOptions: a type whose plan is there at once, else in the background."""
        self._choose(replace(self.options, **changes))

    def follow(self, remedy: Applicable) -> None:
        """Choose what a remedy asks for, with everything else as it was chosen."""
        self._choose(remedied(remedy, self.options))

    def choose_also(self, types: Collection[OutputType]) -> None:
        """Types of further files; their plans are there already."""
        self._take(Choices(self.options, tuple(types)))

    def undo(self) -> None:
        """Choose again what was chosen before."""
        self._show(self.history.undo())

    def redo(self) -> None:
        """Choose again what was undone."""
        self._show(self.history.redo())

    def _choose(self, options: PlanOptions) -> None:
        self._take(Choices(options, self.also))

    def _take(self, choices: Choices) -> None:
        kind = choices.options.output_type
        if self.checkpoint is not None and kind in self.plans:
            also = tuple(one for one in choices.also if one in self.plans and one is not kind)
            choices = replace(choices, also=also)
            self.history.choose(choices)
            self._show(choices)

    def _show(self, choices: Choices) -> None:
        before, self.options, self.also = self.options, choices.options, choices.also
        if replace(self.options, output_type=before.output_type) == before:
            self.plan_changed.emit(self.plan)
            self._do_waiting()
        elif self.state is State.READY:
            self._plan_again()

    def choose_tensor_type(self, names: Collection[str], kind: GGMLQuantizationType | None) -> None:
        """A type for these tensors of the file, None for the usual one."""
        self.choose(tensor_types=with_choice(self.options.tensor_types, names, kind))

    def read_imatrix(self, path: Path) -> None:
        """Take the importance matrix in a file, read in the background."""
        if self.state is State.READY:
            self._start(lambda *_: read_imatrix(path), lambda imatrix: self.choose(imatrix=imatrix))

    def _plan_again(self) -> None:
        """The chosen type's plan at once, those of the others after it; with another pre-tokenizer all together."""
        prepared, base, adapters, options = self._prepared, self._base, self.adapters, self.options
        assert prepared is not None
        assert base is not None
        if prepared.facts is not None and prepared.pre_tokenizer != options.pre_tokenizer:
            self._set_state(State.LOOKING)
            self._start(lambda *_: read_again(with_strengths(prepared, base, adapters), options), self._looked)
            return
        self._start(lambda *_: plan_one(with_strengths(prepared, base, adapters), options), self._planned_one)

    def _planned_one(self, planned: tuple[Prepared, ConversionPlan]) -> None:
        self._prepared, plan = planned
        prepared, options = self._prepared, plan.options
        self.plans = {**self.plans, options.output_type: plan}
        self.plan_changed.emit(self.plan)
        self._start(lambda *_: plan_all(prepared, options), self._planned)

    def when_planned(self, then: Callable[[Prepared, tuple[ConversionPlan, ...]], object]) -> None:
        """Hand over what can be converted now, or as soon as new plans are there: the chosen type's plan first."""
        if self.state is not State.READY or self.plan is None or not self.plan.can_convert:
            return
        if self._job is not None:
            self._waiting = lambda: self.when_planned(then)
            return
        assert self._prepared is not None
        then(self._prepared, self.orders)

    def plan_adapter_files(self) -> Job:
        """Plan the adapters as a file of their own, in every type; nothing changes here."""
        prepared, base, adapters, options = self._prepared, self._base, self.adapters, self.options
        assert prepared is not None
        assert base is not None
        return self._beside(
            lambda *callbacks: plan_adapter_files(with_strengths(prepared, base, adapters), options, *callbacks)
        )

    def shut_down(self) -> None:
        """Stop and wait; the program is about to end."""
        self._drop_job()
        self._prepared = None  # a text that waits for the one being tried is not begun
        with no_children():
            for job in self.findChildren(Job):  # those too that were dropped for another one, and still run
                job.cancel()
                job.wait()

    def try_text(self, text: str) -> None:
        """Tokenize a text beside whatever goes on; of several the last one counts."""
        checkpoint, vocabulary = self.checkpoint, self._vocabulary
        self._next_text = text
        if self._trying is not None or checkpoint is None or vocabulary is None:
            return
        job = self._beside(lambda *_: try_text(checkpoint, vocabulary, text))
        self._trying = job
        job.succeeded.connect(self.tried)
        job.failed.connect(self.tried)
        job.ended.connect(lambda: self._tried(text))

    def _beside(self, work: Work) -> Job:
        """Begin; what comes of it comes through the event loop, when the caller has connected."""
        job = Job(work, self)
        job.start()
        return job

    def _tried(self, text: str) -> None:
        self._trying = None
        if self._next_text != text:
            self.try_text(self._next_text)

    def _opened_anew(self, opened: Opened) -> None:
        self.also = ()  # the folder before was still there to choose a type for
        self._opened(opened)

    def _opened(self, opened: Opened) -> None:
        self._base, self._prepared, self.plans = opened.base, opened.prepared, opened.plans
        self.adapters, self.training_states = opened.adapters, opened.training_states
        self.options = opened.options
        self.folder_changed.emit(self.checkpoint)
        self._planned(opened.plans)

    def _looked(self, looked: Looked) -> None:
        self._prepared = looked.prepared
        self.vocabulary_changed.emit(self._vocabulary)
        self._set_state(State.READY)
        self._planned(looked.plans)
        chosen = self.options, self.adapters
        if (looked.options, looked.prepared.model.adapters) != chosen:  # otherwise, while the look went on
            self._plan_again()

    def _planned(self, plans: Plans) -> None:
        self.plans = plans
        self.plan_changed.emit(self.plan)
        if self._has_to_look:
            self._look()
            return
        self._set_state(State.READY)
        self._do_waiting()

    @property
    def _has_to_look(self) -> bool:
        """Whether vocabulary and weights are still to be looked at; with what stops the plan there is no need."""
        has_looked = self._prepared is not None and self._prepared.facts is not None
        return not has_looked and self.plan is not None and not self.plan.blockers

    def _do_waiting(self) -> None:
        if self._job is None and self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting()

    def _look(self) -> None:
        """At vocabulary and weights; while something stops the plan there is nothing to look at."""
        prepared, options = self._prepared, self.options
        assert prepared is not None
        self._set_state(State.LOOKING)
        self._start(lambda *callbacks: look_at(prepared.model, options, *callbacks), self._looked)

    def _start(self, work: Work, on_success: Callable[[Any], object]) -> None:
        job = Job(work, self)
        self._job = job

        def succeed(result: Any) -> None:
            if self._job is job:
                self._job = None
                on_success(result)

        def fail(error: BaseException) -> None:
            if self._job is job:
                self._job = None
                self._recover()
                self.failed.emit(error)

        job.succeeded.connect(succeed)
        job.failed.connect(fail)
        job.start()

    def _recover(self) -> None:
        """After an error: back to what can be done now."""
        self._waiting = None
        if self.state is State.OPENING and self._has_to_look:  # the look was given up for what failed
            self._look()
            return
        if self.state in (State.OPENING, State.LOOKING):
            self._set_state(State.EMPTY if self.checkpoint is None else State.READY)

    def _drop_job(self) -> None:
        """Let what runs end on its own; nobody listens to it any more."""
        self._waiting = None
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _set_state(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)
