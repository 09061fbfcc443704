"""Tab goes down the page: what is added later has its turn where it is seen, not at the end of the window."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def tab_after(place: QWidget, added: Iterable[QWidget]) -> None:
    """After `place` these widgets have their turn, one after the other, each with what is on it."""
    everything = (one for widget in added for one in (widget, *widget.findChildren(QWidget)))
    policy = place.focusPolicy()
    place.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # Qt orders only what can have the focus
    before = place
    for one in everything:
        if one.focusPolicy() is not Qt.FocusPolicy.NoFocus:
            QWidget.setTabOrder(before, one)
            before = one
    place.setFocusPolicy(policy)
