"""What the window is about: the folder, its plans, what is going on. The only place that starts jobs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import Any

from gguf import GGMLQuantizationType
from PySide6.QtCore import QObject, Signal

from app.core.checkpoint import Checkpoint
from app.core.convert import convert_all
from app.core.convert.prepare import prepare, with_pre_tokenizer
from app.core.ggml_types import OutputType
from app.core.model.fine_tunes import AdapterChoice, open_fine_tune
from app.core.model.identify import Model, identify
from app.core.plan import ConversionPlan, PlanOptions, Prepared, remedied
from app.core.plan.types.tensor_choices import with_choice
from app.core.progress import IsCancelled, OnProgress
from app.core.remedies import Applicable
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
    prepared: Prepared
    plans: Plans


@dataclass(frozen=True)
class _Looked:
    prepared: Prepared
    options: PlanOptions
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
        self.plans: Plans = {}
        self.also: tuple[OutputType, ...] = ()  # types of further files; never the one above
        self.options = PlanOptions()
        self._prepared: Prepared | None = None
        self._job: Job | None = None
        self._trying: Job | None = None
        self._next_text = ""
        self._waiting: tuple[Sequence[Path], bool] | None = None  # to be converted once new plans are there

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

    @property
    def is_converting(self) -> bool:
        """True while a file is being written."""
        return self.state is State.CONVERTING

    def open(self, path: Path, adapters: Sequence[AdapterChoice] = ()) -> None:
        """Open what is at `path`, with adapters, in the background; what was open before is forgotten."""
        if self.is_converting:
            return
        self._drop_job()
        self.options, self.also = PlanOptions(), ()
        if self._prepared is not None:  # what was open stays in sight until the other one is there
            self._prepared = replace(self._prepared, vocabulary=None)
        self.vocabulary_changed.emit(None)
        self._set_state(State.OPENING)
        self._start(lambda *_: _open(path, adapters), self._opened)

    def choose(self, **changes: Any) -> None:
        """Another choice, by the names of PlanOptions: a type whose plan is there at once, else in the background."""
        self._choose(replace(self.options, **changes))

    def add_adapter(self, path: Path) -> None:
        """Open the same folder again, with this adapter."""
        if self.checkpoint is not None:
            self.open(self.checkpoint.folder, [AdapterChoice(path)])

    def follow(self, remedy: Applicable) -> None:
        """Choose what a remedy asks for, with everything else as it was chosen."""
        self._choose(remedied(remedy, self.options))

    def _choose(self, options: PlanOptions) -> None:
        if self.checkpoint is None or self.is_converting or options.output_type not in self.plans:
            return
        before, self.options = self.options, options
        self.also = tuple(kind for kind in self.also if kind is not options.output_type)
        if replace(options, output_type=before.output_type) == before:
            self.plan_changed.emit(self.plan)
            self._convert_waiting()
        elif self.state is State.READY:
            self._plan_again()

    def choose_also(self, types: Collection[OutputType]) -> None:
        """Types of further files; their plans are there already."""
        self.also = tuple(kind for kind in types if kind in self.plans and kind is not self.options.output_type)
        self.plan_changed.emit(self.plan)

    def choose_tensor_type(self, names: Collection[str], kind: GGMLQuantizationType | None) -> None:
        """A type for these tensors of the file, None for the usual one."""
        self.choose(tensor_types=with_choice(self.options.tensor_types, names, kind))

    def read_imatrix(self, path: Path) -> None:
        """Take the importance matrix in a file, read in the background."""
        if self.state is State.READY:
            self._start(lambda *_: read_imatrix(path), lambda imatrix: self.choose(imatrix=imatrix))

    def _plan_again(self) -> None:
        """The chosen type's plan at once, those of the others after it; with another pre-tokenizer all together."""
        prepared, options = self._prepared, self.options
        assert prepared is not None
        if prepared.facts is not None and prepared.pre_tokenizer != options.pre_tokenizer:
            self._set_state(State.LOOKING)
            self._start(lambda *_: _read_again(prepared, options), self._looked)
            return
        self._start(lambda *_: prepared.plan(options), self._planned_one)

    def _planned_one(self, plan: ConversionPlan) -> None:
        prepared, options = self._prepared, plan.options
        assert prepared is not None
        self.plans = {**self.plans, options.output_type: plan}
        self.plan_changed.emit(self.plan)
        self._start(lambda *_: _plans(prepared, options), self._planned)

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
        self._drop_job()
        self._prepared = None  # a text that waits for the one being tried is not begun
        with no_children():
            for job in self.findChildren(Job):  # those too that were dropped for another one, and still run
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
        self._prepared, self.plans = opened.prepared, opened.plans
        self.options, self.also = PlanOptions(), ()  # the folder before was still there to choose a type for
        self.folder_changed.emit(self.checkpoint)
        self._planned(opened.plans)

    def _looked(self, looked: _Looked) -> None:
        self._prepared = looked.prepared
        self.vocabulary_changed.emit(self._vocabulary)
        self._set_state(State.READY)
        self._planned(looked.plans)
        if looked.options != self.options:  # chosen while the look went on
            self._plan_again()

    def _planned(self, plans: Plans) -> None:
        self.plans = plans
        self.plan_changed.emit(self.plan)
        has_looked = self._prepared is not None and self._prepared.facts is not None
        if not has_looked and self.plan is not None and not self.plan.blockers:
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
        prepared, options = self._prepared, self.options
        assert prepared is not None
        self._set_state(State.LOOKING)
        self._start(lambda *callbacks: _look(prepared.model, options, *callbacks), self._looked)

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


def _open(path: Path, adapters: Sequence[AdapterChoice]) -> _Opened:
    prepared = Prepared(identify(*open_fine_tune(path, adapters)))
    return _Opened(prepared, {OutputType.AUTO: prepared.plan()})  # the table first, other types after the look


def _look(model: Model, options: PlanOptions, on_progress: OnProgress, is_cancelled: IsCancelled) -> _Looked:
    prepared = prepare(model, options.pre_tokenizer, on_progress, is_cancelled)
    return _Looked(prepared, options, _plans(prepared, options))


def _read_again(prepared: Prepared, options: PlanOptions) -> _Looked:
    prepared = with_pre_tokenizer(prepared, options.pre_tokenizer)
    return _Looked(prepared, options, _plans(prepared, options))


def _plans(prepared: Prepared, options: PlanOptions) -> Plans:
    """A plan for each type, so that the exact size of every choice can be shown."""
    return dict(zip(OutputType, prepared.plans(options, OutputType), strict=True))
