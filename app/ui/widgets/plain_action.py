"""A menu item that stays where it is put."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.ui.say import say


def plain_action(title: str, parent: QObject) -> QAction:
    """Without a role: else a Mac moves what begins with "Config…", "About…" or "Quit…" to the menu of the program."""
    action = QAction(say(title), parent)
    action.setMenuRole(QAction.MenuRole.NoRole)
    return action
