"""Where the parts of the tensor table stand: search and choices above, sums below."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from app.core.text import text
from app.ui.say import say
from app.ui.table.tensor_view import TensorView


def lay_out(table: QWidget, above: Sequence[QWidget], view: TensorView, status: QLabel) -> None:
    """The first of those above is as wide as can be; a button with the menu of the view stands beside them."""
    top = QHBoxLayout()
    for number, widget in enumerate(above):
        top.addWidget(widget, 0 if number else 1)
    top.addWidget(_menu_button(table, view))
    layout = QVBoxLayout(table)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addLayout(top)
    layout.addWidget(view, 1)
    layout.addWidget(status)


def _menu_button(table: QWidget, view: TensorView) -> QToolButton:
    menu = QMenu(table)
    menu.addActions(view.actions())
    button = QToolButton(table)
    button.setObjectName("menu")
    button.setText(say(text("Table")))
    button.setAccessibleName(say(text("Copy, choose types, sort")))
    button.setToolTip(say(text("Copy, choose types, sort")))
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu)
    return button
