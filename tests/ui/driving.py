"""What a person does with the window: drop, open, press, choose; and what it then shows."""

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from app.ui.session import State
from tests.ui.tensor_cells import index_of, rows_of

DEADLINE = 20_000


def drag(window, *paths):
    """Enter and move; returns what a drop needs, and whether it would be taken."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place = QPointF(window.rect().center())
    buttons = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, QDragEnterEvent(place.toPoint(), *buttons))
    move = QDragMoveEvent(place.toPoint(), *buttons)
    QApplication.sendEvent(window, move)
    return place, buttons, move.isAccepted()


def drop(window, *paths):
    place, buttons, accepted = drag(window, *paths)
    if accepted:
        QApplication.sendEvent(window, QDropEvent(place, *buttons))
    return accepted


def ready(qtbot, window):
    qtbot.waitUntil(lambda: window._session.state is State.READY, timeout=DEADLINE)


def opened(qtbot, window, folder):
    window.open_folder(folder)
    ready(qtbot, window)
    return window


def boxes(window):
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def press(window, text):
    """Click the button of a sheet."""
    buttons = [b for box in boxes(window) for b in box.findChildren(QPushButton) if b.text().replace("&", "") == text]
    assert buttons, f"no button {text!r}"
    buttons[0].click()


def rows(window):
    return rows_of(window.page.table.model)


def type_actions(window, *names):
    """Select the rows of these tensors; the actions that the menu then has, by their titles."""
    table = window.page.table
    model, selection = table.model, table.view.selectionModel()
    selection.clear()
    for name in names:
        selection.select(index_of(model, name), selection.SelectionFlag.Select | selection.SelectionFlag.Rows)
    table.types.fill()
    return {action.text(): action for action in table.types.actions() if action.text()}


def planned(qtbot, window, do):
    with qtbot.waitSignal(window._session.plan_changed, timeout=DEADLINE):
        do()
