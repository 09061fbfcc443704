"""A type of their own for selected tensors, and all such choices as a small file."""

from collections.abc import Callable, Sequence
from functools import partial

from gguf import GGMLQuantizationType
from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.core.ggml_types import TENSOR_TYPES
from app.core.model.imatrix import Imatrix
from app.core.plan import PlannedTensor, PlanOptions
from app.core.plan.types.fitting_types import fitting_types
from app.core.text import text
from app.ui.say import say
from app.ui.widgets.plain_action import plain_action


class TensorTypesMenu(QMenu):
    """Filled anew for the selection whenever it is opened; offers what every selected tensor can be."""

    chosen = Signal(object, object)  # names in the file, GGMLQuantizationType or None
    load_wanted = Signal()
    save_wanted = Signal()
    forget_wanted = Signal()

    def __init__(self, selected: Callable[[], Sequence[PlannedTensor]], parent: QWidget) -> None:
        super().__init__(parent)
        self._selected = selected
        self._has_choices = False
        self._imatrix: Imatrix | None = None
        self.setTitle(say(text("Type in the File")))
        self.aboutToShow.connect(self.fill)

    def set_options(self, options: PlanOptions) -> None:
        """What the plan was made with: whether there is something to save, and which types have what they need."""
        self._has_choices, self._imatrix = bool(options.tensor_types), options.imatrix

    def types_for(self, tensor: PlannedTensor) -> list[tuple[str, object]]:
        """Titles and types that a tensor can have, the automatic one, None, first; nothing while none can be chosen."""
        if not self.menuAction().isEnabled():
            return []
        return [(text("Automatic"), None), *((kind.name, kind) for kind in self._common((tensor,)))]

    def fill(self) -> None:
        """The types that fit, the current one checked."""
        self.clear()
        tensors = self._selected()
        if tensors:
            self._add_types(tensors)
        else:
            self._add(text("First select tensors that will be written"), lambda: None).setEnabled(False)
        self.addSeparator()
        self._add(text("Load Types…"), self.load_wanted.emit)
        self._add(text("Save Types…"), self.save_wanted.emit).setEnabled(self._has_choices)
        self._add(text("Clear All Choices"), self.forget_wanted.emit).setEnabled(self._has_choices)

    def _add_types(self, tensors: Sequence[PlannedTensor]) -> None:
        names = tuple(tensor.name for tensor in tensors)
        chosen = {None if tensor.choice is None else tensor.choice.type for tensor in tensors}
        for kind in (None, *self._common(tensors)):
            title = text("Automatic") if kind is None else kind.name
            action = self._add(title, partial(self.chosen.emit, names, kind))
            action.setCheckable(True)
            action.setChecked(chosen == {kind})
            if kind is None:
                self.addSeparator()

    def _common(self, tensors: Sequence[PlannedTensor]) -> list[GGMLQuantizationType]:
        fitting = set(TENSOR_TYPES).intersection(*(fitting_types(tensor, self._imatrix) for tensor in tensors))
        return [kind for kind in TENSOR_TYPES if kind in fitting]

    def _add(self, title: str, do: Callable[[], object]) -> QAction:
        action = plain_action(title, self)
        self.addAction(action)
        action.triggered.connect(lambda: do())
        return action
