"""A line that can be copied, whole, however little of it there is room for."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from app.core.text import text
from app.ui.widgets.card_frame import selectable
from app.ui.widgets.elided_label import ElidedLabel
from app.ui.widgets.plain_action import plain_action


class SelectableLine(ElidedLabel):
    """Tab reaches it while there is something to copy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        selectable(self)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_line(self, said: str, tip: str = "") -> None:
        super().show_line(said, tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if self.whole else Qt.FocusPolicy.NoFocus)

    @property
    def selected(self) -> str:
        """What is selected, with what has no room in it; "" without a selection."""
        shown, start, selected = self.text(), self.selectionStart(), self.selectedText()
        if shown == self.whole:
            return selected
        before = next(n for n, (one, other) in enumerate(zip(shown, self.whole, strict=False)) if one != other)
        after = before + 1  # in between stands the sign for what is missing
        if not start <= before < start + len(selected):
            return selected
        missing = self.whole[before : len(self.whole) - len(shown[after:])]
        return selected[: before - start] + missing + selected[after - start :]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Qt's own would copy what is shown."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = plain_action(text("Copy"), menu)
        copy.setEnabled(self.hasSelectedText())
        copy.triggered.connect(self._copy)
        menu.addAction(copy)
        menu.popup(event.globalPos())

    def _copy(self) -> None:
        if self.hasSelectedText():
            QGuiApplication.clipboard().setText(self.selected)
