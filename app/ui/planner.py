"""The plans of the open folder: opened, looked at, and made anew for every choice, the chosen type's plan first."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.checkpoint import Checkpoint
from app.core.model.adapted import Applied
from app.core.model.fine_tunes import AdapterChoice
from app.core.plan import ConversionPlan, PlanOptions, Prepared
from app.ui.foreground import Foreground
from app.ui.session_state import State
from app.ui.session_work import (
    Looked,
    Opened,
    Plans,
    look_at,
    open_model,
    plan_all,
    plan_one,
    read_again,
    with_strengths,
)


class Planner(QObject):
    """Holds one folder at a time, and what is wanted of it: `options`, and by how much adapters count."""

    state_changed = Signal(object)
    folder_changed = Signal(object)  # Checkpoint
    plans_changed = Signal()
    vocabulary_changed = Signal(object)  # Vocabulary, or None
    failed = Signal(object)  # the exception

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.state = State.EMPTY
        self.options = PlanOptions()
        self.plans: Plans = {}
        self.prepared: Prepared | None = None
        self.base: Checkpoint | None = None  # the folder without what adapters make of it
        self.adapters: tuple[Applied, ...] = ()  # plans by their strengths may still be on their way
        self.training_states: tuple[tuple[Path, ...], ...] = ()  # of each adapter the files to choose from
        self.jobs = Foreground(self)
        self.jobs.failed.connect(self._failed)
        self._waiting: Callable[[], None] | None = None  # to be done once new plans are there

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The open folder."""
        return self.prepared.model.checkpoint if self.prepared else None

    @property
    def plan(self) -> ConversionPlan | None:
        """The plan for the chosen type."""
        return self.plans.get(self.options.output_type)

    def open(self, path: Path, adapters: Sequence[AdapterChoice], options: PlanOptions) -> None:
        """Open a folder with these choices. What was open stays in sight until that has worked."""
        self.drop()
        self.options = options
        if self.prepared is not None:
            self.prepared = replace(self.prepared, vocabulary=None, facts=None)
        self.vocabulary_changed.emit(None)
        self._open(path, adapters)

    def open_again(self, adapters: Sequence[AdapterChoice]) -> None:
        """The same folder with these adapters, everything else as it was chosen."""
        if self.base is not None and self.state in (State.READY, State.LOOKING):
            self.drop()
            self._open(self.base.folder, adapters)

    def _open(self, path: Path, adapters: Sequence[AdapterChoice]) -> None:
        options = self.options
        self._set_state(State.OPENING)
        self.jobs.start(lambda *_: open_model(path, adapters, options), self._opened)

    def choose(self, options: PlanOptions) -> None:
        """Another type's plan is there at once; what else is chosen is planned, or when the look has ended."""
        before, self.options = self.options, options
        if replace(options, output_type=before.output_type) == before:
            self.plans_changed.emit()
            self.do_waiting()
        elif self.state is State.READY:
            self.plan_again()

    def weigh(self, adapters: tuple[Applied, ...]) -> None:
        """The same adapters with other strengths."""
        self.adapters = adapters
        if self.state is State.READY:
            self.plan_again()

    def when_planned(self, then: Callable[[Prepared], object]) -> None:
        """Hand over what can be converted now, or as soon as new plans are there."""
        if self.state is not State.READY or self.plan is None or not self.plan.can_convert:
            return
        if self.jobs.job is not None:
            self._waiting = lambda: self.when_planned(then)
            return
        assert self.prepared is not None
        then(self.prepared)

    def drop(self) -> None:
        """Whatever is on its way is not wanted any more."""
        self._waiting = None
        self.jobs.drop()

    def prepared_with_strengths(self) -> Callable[[], Prepared]:
        """A function for a job: what is prepared, with adapters as they are to count now."""
        prepared, base, adapters = self.prepared, self.base, self.adapters
        assert prepared is not None
        assert base is not None
        return lambda: with_strengths(prepared, base, adapters)

    def plan_again(self) -> None:
        """The chosen type's plan at once, those of the others after it; with another pre-tokenizer all together."""
        prepare, options, known = self.prepared_with_strengths(), self.options, self.prepared
        if known is not None and known.facts is not None and known.pre_tokenizer != options.pre_tokenizer:
            self._set_state(State.LOOKING)
            self.jobs.start(lambda *_: read_again(prepare(), options), self._looked)
        else:
            self.jobs.start(lambda *_: plan_one(prepare(), options), self._planned_one)

    def _planned_one(self, planned: tuple[Prepared, ConversionPlan]) -> None:
        self.prepared, plan = planned
        prepared, options = planned[0], plan.options
        self.plans = {**self.plans, options.output_type: plan}
        self.plans_changed.emit()
        self.jobs.start(lambda *_: plan_all(prepared, options), self._planned)

    def _opened(self, opened: Opened) -> None:
        self.base, self.prepared, self.plans = opened.base, opened.prepared, opened.plans
        self.adapters, self.training_states = opened.adapters, opened.training_states
        self.options = opened.options
        self.folder_changed.emit(self.checkpoint)
        self._planned(opened.plans)

    def _looked(self, looked: Looked) -> None:
        self.prepared = looked.prepared
        self.vocabulary_changed.emit(looked.prepared.vocabulary)
        self._set_state(State.READY)
        self._planned(looked.plans)
        chosen = self.options, self.adapters
        if (looked.options, looked.prepared.model.adapters) != chosen:  # otherwise, while the look went on
            self.plan_again()

    def _planned(self, plans: Plans) -> None:
        self.plans = plans
        self.plans_changed.emit()
        if self._has_to_look:
            self._look()
            return
        self._set_state(State.READY)
        self.do_waiting()

    @property
    def _has_to_look(self) -> bool:
        """Whether vocabulary and weights are still to be looked at; with what stops the plan there is no need."""
        has_looked = self.prepared is not None and self.prepared.facts is not None
        return not has_looked and self.plan is not None and not self.plan.blockers

    def do_waiting(self) -> None:
        """What waits for plans, if none is on its way."""
        if self.jobs.job is None and self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting()

    def _look(self) -> None:
        prepared, options = self.prepared, self.options
        assert prepared is not None
        self._set_state(State.LOOKING)
        self.jobs.start(lambda *callbacks: look_at(prepared.model, options, *callbacks), self._looked)

    def _failed(self, error: BaseException) -> None:
        """Back to what can be done now."""
        self._waiting = None
        if self.state is State.OPENING and self._has_to_look:  # the look was given up for what failed
            self._look()
        elif self.state in (State.OPENING, State.LOOKING):
            self._set_state(State.EMPTY if self.checkpoint is None else State.READY)
        self.failed.emit(error)

    def _set_state(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)
