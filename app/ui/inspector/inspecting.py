"""Reads values in the background for what is looked at, and drops them when something else is."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance

from app.core.errors import AppError
from app.core.model.identify import Model
from app.core.plan import ConversionPlan, DroppedTensor, PlannedTensor
from app.core.progress import IsCancelled, OnProgress, Progress
from app.core.text import text
from app.core.verify.weights.tensor_change import tensor_change
from app.core.weights.source_values import have_values
from app.core.weights.statistics import can_be_compared, head_difference, tensor_statistics
from app.ui.inspector.fact_rows import sources_of
from app.ui.job import Job

REST = 150  # milliseconds that a selection must stand still
REMEMBERED = 64  # results; each is small
VALUES, HEAD, CHANGE = "values", "head", "change"

Tensor = PlannedTensor | DroppedTensor


@dataclass(frozen=True)
class _Task:
    """`subject`: what the result depends on; it is known as long as that is the same."""

    key: tuple[str, str]
    subject: object
    found: SignalInstance
    work: Callable[[OnProgress, IsCancelled], object]


class Inspecting(QObject):
    """One job at a time. The signals have the tensor and what was found of it, or why nothing was."""

    statistics_found = Signal(object, object)
    change_found = Signal(object, object)
    head_found = Signal(object, object)
    failed = Signal(object, object)
    progressed = Signal(object, float)  # of its values; between 0 and 1

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model: Model | None = None
        self._finished: tuple[dict[str, PlannedTensor], Path] | None = None
        self._tensor: Tensor | None = None
        self._job: Job | None = None
        self._left: list[_Task] = []
        self._known: OrderedDict[tuple[str, str], tuple[object, object]] = OrderedDict()
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self._begin)

    def set_model(self, model: Model | None) -> None:
        """Another folder, or the same one with other adapters: nothing is known any more."""
        if model is self._model:
            return
        self._model, self._finished = model, None
        self._known.clear()
        self.look_at(None)

    def set_finished(self, plan: ConversionPlan | None, path: Path | None) -> None:
        """The file that is finished, of several parts the first, and the plan that it was written by; None for none."""
        self._finished = None if plan is None or path is None else ({one.name: one for one in plan.tensors}, path)
        for key in [key for key in self._known if key[0] == CHANGE]:
            del self._known[key]
        self.look_at(self._tensor)

    def look_at(self, tensor: Tensor | None) -> None:
        """What is known is told at once, the rest read when the selection has stood still; None reads nothing."""
        self._tensor, self._left = tensor, []
        self._rest.stop()
        if self._job is not None:
            self._job.cancel()
        for task in self._tasks(tensor) if tensor is not None else ():
            subject, found = self._known.get(task.key, (None, None))
            if subject == task.subject:
                task.found.emit(tensor, found)
            else:
                self._left.append(task)
        if self._left:
            self._rest.start()

    def is_head(self, tensor: Tensor) -> bool:
        """Whether it is the output layer, and can be compared with the embedding."""
        model = self._model
        if model is None or model.head is None or not can_be_compared(model.head, model.embedding):
            return False
        return tensor.source.name == model.head.name

    def shut_down(self) -> None:
        """Nothing goes on afterwards: at the end of the program."""
        self.look_at(None)
        if self._job is not None:
            self._job.wait()

    def _tasks(self, tensor: Tensor) -> Iterator[_Task]:
        sources = sources_of(tensor)
        if have_values(sources):
            yield _Task(
                (VALUES, tensor.source.name),
                sources,
                self.statistics_found,
                lambda on_progress, is_cancelled: tensor_statistics(sources, on_progress, is_cancelled),
            )
        model = self._model
        if model is not None and model.head is not None and model.embedding is not None and self.is_head(tensor):
            head, embedding = model.head, model.embedding
            yield _Task(
                (HEAD, head.name),
                (head, embedding),
                self.head_found,
                lambda on_progress, is_cancelled: head_difference(head, embedding, on_progress, is_cancelled),
            )
        if self._finished is not None and isinstance(tensor, PlannedTensor):
            tensors, path = self._finished
            if tensors.get(tensor.name) == tensor:
                yield _Task(
                    (CHANGE, tensor.name),
                    tensor,
                    self.change_found,
                    lambda on_progress, is_cancelled: tensor_change(tensor, path, on_progress, is_cancelled),
                )

    def _begin(self) -> None:
        """The next task, unless one goes on that was cancelled: its end begins the next."""
        if self._job is None and self._left and self._tensor is not None:
            task, tensor = self._left.pop(0), self._tensor
            self._job = Job(task.work, self)
            self._job.succeeded.connect(lambda found: self._found(task, tensor, found))
            if task.key[0] == VALUES:
                self._job.progressed.connect(lambda progress: self._progressed(tensor, progress))
            self._job.failed.connect(lambda error: self._failed(tensor, error))
            self._job.ended.connect(self._ended)
            self._job.start()

    def _found(self, task: _Task, tensor: Tensor, found: object) -> None:
        self._known[task.key] = task.subject, found
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        if tensor is self._tensor:
            task.found.emit(tensor, found)

    def _progressed(self, tensor: Tensor, progress: Progress) -> None:
        if tensor is self._tensor:
            self.progressed.emit(tensor, progress.share)

    def _failed(self, tensor: Tensor, error: BaseException) -> None:
        if not isinstance(error, AppError):
            raise error
        if tensor is self._tensor:
            self._left = []
            self.failed.emit(tensor, text("The values cannot be read: {reason}", reason=error.message))

    def _ended(self) -> None:
        self._job = None
        if not self._rest.isActive():
            self._begin()
