"""What the window is about: the folder, its plans, what is going on. The only place that starts jobs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import Any

from gguf import GGMLQuantizationType
from PySide6.QtCore import QObject, Signal

from app.core.architectures import Layout
from app.core.checkpoint import Checkpoint, open_checkpoint
from app.core.convert import convert_all
from app.core.convert.prepare import read_all
from app.core.ggml_types import OutputType
from app.core.model.imatrix import Imatrix
from app.core.plan import ConversionPlan, HeadChoice, PlanOptions, WeightFacts, make_plan
from app.core.plan.types.tensor_choices import TensorChoices, with_choice
from app.core.progress import IsCancelled, OnProgress
from app.core.sandbox import no_children
from app.core.tokenizer import Vocabulary
from app.core.tokenizer.try_text import try_text
from app.core.weights.imatrix_file import read_imatrix
from app.ui.job import Job, Work

Plans = dict[OutputType, ConversionPlan]


class State(Enum):
    """What is going on."""

    EMPTY = auto()  # no folder
    OPENING = auto()  # headers are being read
    LOOKING = auto()  # the plan is provisional; vocabulary and head are being looked at
    READY = auto()
    CONVERTING = auto()


@dataclass(frozen=True)
class _Opened:
    checkpoint: Checkpoint
    plans: Plans


@dataclass(frozen=True)
class _Looked:
    choices: PlanOptions
    vocabulary: Vocabulary | None
    facts: WeightFacts
    plans: Plans


class Session(QObject):
    """Holds one folder at a time. Everything it tells comes on the UI thread."""

    state_changed = Signal(object)
    folder_changed = Signal(object)  # Checkpoint, or None
    plan_changed = Signal(object)  # ConversionPlan
    vocabulary_changed = Signal(object)  # Vocabulary, or None
    tried = Signal(object)  # TriedText, or the error
    progressed = Signal(object)  # Progress
    converted = Signal(object)  # tuple of WrittenFile, the chosen type first
    cancelled = Signal()
    failed = Signal(object)  # the exception

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = State.EMPTY
        self.checkpoint: Checkpoint | None = None
        self.plans: Plans = {}
        self.output_type = OutputType.AUTO
        self.also: tuple[OutputType, ...] = ()  # types of further files; never the one above
        self._choices = PlanOptions()  # but for the type: there is a plan for each
        self._vocabulary: Vocabulary | None = None
        self._facts: WeightFacts | None = None
        self._job: Job | None = None
        self._trying: Job | None = None
        self._next_text = ""
        self._waiting: tuple[Sequence[Path], bool] | None = None  # to be converted once new plans are there

    @property
    def plan(self) -> ConversionPlan | None:
        """The plan for the chosen type."""
        return self.plans.get(self.output_type)

    @property
    def orders(self) -> tuple[ConversionPlan, ...]:
        """The plans of all files that are to be written, the chosen type's first."""
        return tuple(self.plans[kind] for kind in (self.output_type, *self.also) if kind in self.plans)

    @property
    def is_converting(self) -> bool:
        """True while a file is being written."""
        return self.state is State.CONVERTING

    def open(self, path: Path) -> None:
        """Open the folder at `path` or around it, in the background; what was open before is forgotten."""
        if self.is_converting:
            return
        self._drop_job()
        self._choices, self.output_type, self.also = PlanOptions(), OutputType.AUTO, ()
        self._vocabulary = self._facts = None
        self.vocabulary_changed.emit(None)
        self._set_state(State.OPENING)
        self._start(lambda *_: _open(path), self._opened)

    def choose_type(self, output_type: OutputType) -> None:
        """Another type for the matrices; its plan is there already, once the weights were looked at."""
        if output_type in self.plans:
            self.output_type = output_type
            self.also = tuple(kind for kind in self.also if kind is not output_type)
            self.plan_changed.emit(self.plan)

    def choose_also(self, types: Collection[OutputType]) -> None:
        """Types of further files; their plans are there already."""
        self.also = tuple(kind for kind in types if kind in self.plans and kind is not self.output_type)
        self.plan_changed.emit(self.plan)

    def read_imatrix(self, path: Path) -> None:
        """Take the importance matrix in a file, read in the background; makes new plans."""
        if self.state is State.READY:
            self._start(lambda *_: read_imatrix(path), self.choose_imatrix)

    def choose_imatrix(self, imatrix: Imatrix | None) -> None:
        """An importance matrix, or none; makes new plans in the background."""
        self._choose(replace(self._choices, imatrix=imatrix))

    def choose_head(self, head: HeadChoice) -> None:
        """Another choice about lm_head; makes new plans in the background."""
        self._choose(replace(self._choices, head=head))

    def choose_layout(self, layout: Layout | None) -> None:
        """Who arranged the tensors, None for what the folder tells; makes new plans in the background."""
        self._choose(replace(self._choices, layout=layout))

    def choose_tensor_type(self, names: Collection[str], kind: GGMLQuantizationType | None) -> None:
        """A type for these tensors of the file, None for the usual one; makes new plans in the background."""
        self.choose_tensor_types(with_choice(self._choices.tensor_types, names, kind))

    def choose_tensor_types(self, choices: TensorChoices) -> None:
        """All choices for single tensors; makes new plans in the background."""
        self._choose(replace(self._choices, tensor_types=choices))

    @property
    def tensor_types(self) -> TensorChoices:
        """What was chosen for single tensors."""
        return self._choices.tensor_types

    def _choose(self, choices: PlanOptions) -> None:
        if self.checkpoint is None or self.is_converting:
            return
        if choices == self._choices:
            self._convert_waiting()
            return
        self._choices = choices
        checkpoint, vocabulary, facts = self.checkpoint, self._vocabulary, self._facts
        if self.state is State.READY:
            self._start(lambda *_: _plans(checkpoint, choices, vocabulary, facts), self._planned)

    def convert(self, targets: Sequence[Path], overwrite: bool) -> None:
        """Write a file for each of `orders`, as soon as new plans are there. While files are being written a second
        call does nothing.
        """
        if self.state is not State.READY or self.plan is None or not self.plan.can_convert:
            return
        if self._job is not None:
            self._waiting = (targets, overwrite)
            return
        orders = list(zip(self.orders, targets, strict=True))
        self._set_state(State.CONVERTING)
        self._start(
            lambda on_progress, is_cancelled: convert_all(
                orders, overwrite=overwrite, on_progress=on_progress, is_cancelled=is_cancelled
            ),
            self.converted.emit,
            then=State.READY,
        )

    def cancel(self) -> None:
        """Stop what is going on."""
        if self._job is not None:
            self._job.cancel()

    def shut_down(self) -> None:
        """Stop and wait; the program is about to end."""
        jobs = self._job, self._trying
        self._drop_job()
        self._vocabulary = None  # a text that waits for the one being tried is not begun
        with no_children():
            for job in filter(None, jobs):
                job.wait()

    def try_text(self, text: str) -> None:
        """Tokenize a text beside whatever goes on; of several the last one counts."""
        checkpoint, vocabulary = self.checkpoint, self._vocabulary
        self._next_text = text
        if self._trying is not None or checkpoint is None or vocabulary is None:
            return
        job = Job(lambda *_: try_text(checkpoint, vocabulary, text), self)
        self._trying = job
        job.succeeded.connect(self.tried)
        job.failed.connect(self.tried)
        job.ended.connect(lambda: self._tried(text))
        job.start()

    def _tried(self, text: str) -> None:
        self._trying = None
        if self._next_text != text:
            self.try_text(self._next_text)

    def _opened(self, opened: _Opened) -> None:
        self.checkpoint, self.plans = opened.checkpoint, opened.plans
        self.output_type, self.also = OutputType.AUTO, ()  # the folder before was still there to choose a type for
        self.folder_changed.emit(opened.checkpoint)
        self._planned(opened.plans)

    def _looked(self, looked: _Looked) -> None:
        self._vocabulary, self._facts = looked.vocabulary, looked.facts
        self.vocabulary_changed.emit(looked.vocabulary)
        self._set_state(State.READY)
        self._planned(looked.plans)
        if looked.choices != self._choices:  # chosen while the look went on
            choices, self._choices = self._choices, looked.choices
            self._choose(choices)

    def _planned(self, plans: Plans) -> None:
        self.plans = plans
        self.plan_changed.emit(self.plan)
        if self._facts is None and self.plan is not None and not self.plan.blockers:
            self._look()
            return
        self._set_state(State.READY)
        self._convert_waiting()

    def _convert_waiting(self) -> None:
        if self._job is None and self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.convert(*waiting)

    def _look(self) -> None:
        """At vocabulary and weights; while something stops the plan there is nothing to look at."""
        checkpoint, choices = self.checkpoint, self._choices
        assert checkpoint is not None
        self._set_state(State.LOOKING)
        self._start(lambda *callbacks: _look(checkpoint, choices, *callbacks), self._looked)

    def _start(self, work: Work, on_success: Any, then: State | None = None) -> None:
        job = Job(work, self)
        self._job = job
        job.progressed.connect(self.progressed)

        def end() -> None:
            self._job = None
            if then is not None:
                self._set_state(then)

        def succeed(result: Any) -> None:
            if self._job is job:
                end()
                on_success(result)

        def fail(error: BaseException) -> None:
            if self._job is job:
                end()
                self._recover()
                self.failed.emit(error)

        def stop() -> None:
            if self._job is job:
                end()
                self._recover()
                self.cancelled.emit()

        job.succeeded.connect(succeed)
        job.failed.connect(fail)
        job.cancelled.connect(stop)
        job.start()

    def _recover(self) -> None:
        """After an error or a cancel: back to what can be done now."""
        self._waiting = None
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


def _open(path: Path) -> _Opened:
    checkpoint = open_checkpoint(path)
    return _Opened(checkpoint, {OutputType.AUTO: make_plan(checkpoint)})  # the table first, other types after the look


def _look(checkpoint: Checkpoint, choices: PlanOptions, on_progress: OnProgress, is_cancelled: IsCancelled) -> _Looked:
    vocabulary, facts = read_all(checkpoint, choices.pre_tokenizer, on_progress, is_cancelled)
    return _Looked(choices, vocabulary, facts, _plans(checkpoint, choices, vocabulary, facts))


def _plans(
    checkpoint: Checkpoint, choices: PlanOptions, vocabulary: Vocabulary | None, facts: WeightFacts | None
) -> Plans:
    """A plan for each type, so that the exact size of every choice can be shown."""
    return {kind: make_plan(checkpoint, replace(choices, output_type=kind), vocabulary, facts) for kind in OutputType}
