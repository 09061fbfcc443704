"""Who arranged the tensors: the folder tells, and the user may know better."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.core.architectures import Layout
from app.core.text import text
from app.ui.say import say
from app.ui.widgets.plain_action import plain_action


class LayoutMenu(QMenu):
    """Automatic, saved by mlx-lm, as published."""

    chosen = Signal(object)  # Layout, or None for automatic

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(say(text("Tensor &Layout")))
        self._group = QActionGroup(self)
        self._add(text("&Automatic"), None)
        self.addSeparator()
        self._add(text("Saved by &mlx-lm"), Layout.MLX)
        self._add(text("As &Published (Hugging Face)"), Layout.HUGGING_FACE)
        self._group.triggered.connect(lambda action: self.chosen.emit(_layout(action)))

    def show_layout(self, layout: Layout | None) -> None:
        """Check what the plan was made with."""
        for action in self._group.actions():
            action.setChecked(_layout(action) is layout)

    def _add(self, title: str, layout: Layout | None) -> None:
        action = self._group.addAction(plain_action(title, self))
        action.setCheckable(True)
        action.setData(layout.value if layout else "")
        self.addAction(action)


def _layout(action: QAction) -> Layout | None:
    return Layout(action.data()) if action.data() else None
