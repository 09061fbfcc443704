"""Above the page: the side bar's button, what is open, and the ways to its tensors and to finished files."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from app.ui.widgets.selectable_line import SelectableLine

MARGIN, GAP = 10, 8


class TopBar(QWidget):
    """Its buttons do what actions of the menus do, and are enabled as these are."""

    def __init__(self, left: QAction, right: tuple[QAction, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = SelectableLine()
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.buttons = {action: _button(action) for action in (left, *right)}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(MARGIN, GAP, MARGIN, GAP)
        layout.setSpacing(GAP)
        layout.addWidget(self.buttons[left])
        layout.addWidget(self.title, 1)
        for action in right:
            layout.addWidget(self.buttons[action])


def _button(action: QAction) -> QToolButton:
    # without the mark of a key in menus, which Chinese has as a letter of its own: 边栏(&S)
    action.setToolTip(f"{action.iconText()} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
    button = QToolButton()
    button.setDefaultAction(action)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
