"""A tensor's type, chosen where it stands."""

from collections.abc import Callable

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QStyleOptionViewItem, QWidget

from app.core.plan import PlannedTensor
from app.core.text import text
from app.ui.say import say
from app.ui.table.tensor_model import TensorModel
from app.ui.table.tensor_row import TensorRow
from app.ui.table.tensor_view import Cells

Index = QModelIndex | QPersistentModelIndex


class Types(QComboBox):
    """Tells when its list is closed: nothing is edited any more then, whether something was chosen or not."""

    closed = Signal()

    def showPopup(self) -> None:
        super().showPopup()
        self.view().window().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Hide and watched is self.view().window():
            self.closed.emit()
        return super().eventFilter(watched, event)


class TypeCells(Cells):
    """Edits with a list of what fits; another choice is told, and shown when the plan says so."""

    chosen = Signal(object, object)  # names in the file, GGMLQuantizationType or None

    def __init__(
        self, tensors: TensorModel, types: Callable[[PlannedTensor], list[tuple[str, object]]], parent: QWidget
    ):
        super().__init__(tensors, parent)
        self._types = types

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """A combo box that opens at once; none while there is no choice."""
        row = self._tensors.row_of(index)
        types = self._types(row.written) if isinstance(row, TensorRow) and row.written is not None else []
        if not types:
            return None  # type: ignore[return-value]  # as Qt has it
        choice = Types(parent)
        choice.setAccessibleName(say(text("Type in the file")))
        for title, kind in types:
            choice.addItem(say(title), kind)
        choice.activated.connect(lambda: self.commitData.emit(choice))
        choice.closed.connect(
            lambda: QTimer.singleShot(0, choice, lambda: self.closeEditor.emit(choice))
        )  # once chosen
        QTimer.singleShot(0, choice, choice.showPopup)
        return choice

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """What the person chose before."""
        row = self._tensors.row_of(index)
        if isinstance(editor, QComboBox) and isinstance(row, TensorRow) and row.written is not None:
            chosen = row.written.choice and row.written.choice.type
            editor.setCurrentIndex(max(0, editor.findData(chosen)) if chosen is not None else 0)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Tell the choice, where it is another one."""
        row = self._tensors.row_of(index)
        if not (isinstance(editor, QComboBox) and isinstance(row, TensorRow)) or row.written is None:
            return
        before = row.written.choice and row.written.choice.type
        if editor.currentData() != before:
            self.chosen.emit((row.written.name,), editor.currentData())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """In the cell, and wide enough for its names."""
        place = option.rect
        place.setWidth(max(place.width(), editor.sizeHint().width()))
        editor.setGeometry(place)
