"""What a person does with the window: drop, open, press, choose; and what it then shows."""

from dataclasses import replace

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QToolButton

from app.core.convert import StageSeconds, WrittenFile
from app.ui.page.detail import Detail
from app.ui.queue.queue_item import ItemState, ModelFiles, QueueItem
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
    qtbot.waitUntil(lambda: window.workbench.session.state is State.READY, timeout=DEADLINE)


def opened(qtbot, window, folder):
    window.open_folder(folder)
    ready(qtbot, window)
    return window


def settled(qtbot, window):
    """Nothing is going on in the queue any more."""
    qtbot.waitUntil(lambda: not window.workbench.queue.is_busy, timeout=DEADLINE)


def pretend(window, **changes):
    """As if this had come of the item that the page is about."""
    window.workbench.queue._put(replace(window.workbench.result.item, **changes))
    window.workbench.result.show_files_if_chosen()


def finish(window, files, checks, **changes):
    """As if the chosen plan had been written to these files, and this had come of their checks."""
    session = window.workbench.session
    files = tuple(WrittenFile(path, session.plan.byte_count, 3.2, StageSeconds(1, 1, 1, 1)) for path in files)
    made = ModelFiles(session._planner.prepared, session.orders)
    item = QueueItem(session.checkpoint.name, session.checkpoint.folder, made, number=1, made=made)
    item = replace(item, state=ItemState.DONE, written=files, checks=tuple(checks), **changes)
    window.workbench.queue.items = (item,)
    window.workbench.queue.rows_changed.emit()
    window.workbench.result.follow(item.number)
    window.workbench.result.show_files_if_chosen()


def boxes(window):
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def press(window, text):
    """Click the button of a sheet."""
    buttons = [b for box in boxes(window) for b in box.findChildren(QPushButton) if b.text().replace("&", "") == text]
    assert buttons, f"no button {text!r}"
    buttons[0].click()


def rows(window):
    return rows_of(window.workbench.page.table.model)


def type_actions(window, *names):
    """Select the rows of these tensors; the actions that the menu then has, by their titles."""
    table = window.workbench.page.table
    model, selection = table.model, table.view.selectionModel()
    selection.clear()
    for name in names:
        selection.select(index_of(model, name), selection.SelectionFlag.Select | selection.SelectionFlag.Rows)
    table.types.fill()
    return {action.text(): action for action in table.types.actions() if action.text()}


def planned(qtbot, window, do):
    with qtbot.waitSignal(window.workbench.session.plan_changed, timeout=DEADLINE):
        do()


def all_formats(window):
    """The sheet with every format, by its button."""
    formats = window.workbench.page.overview.formats
    formats.all.click()
    return formats.sheet


def choose_formats(window, chosen, *also):
    """In that sheet: one format, and those to be written besides."""
    sheet = all_formats(window)
    kinds = [one.output_type for one in sheet._choices]
    for row, kind in enumerate(kinds):
        if sheet._is_ticked(row) is not (kind in also):
            sheet._toggle(row)
    sheet.table.selectRow(kinds.index(chosen))
    sheet.use.click()


def chosen_format(window):
    """The type of the marked card."""
    return next(
        one.choice.output_type for one in window.workbench.page.overview.formats.cards.buttons if one.isChecked()
    )


def leads_to(window, detail):
    """Whether the overview has a way to this page."""
    return not window.workbench.page.overview.links.buttons[detail].isHidden()


def go_to(window, detail):
    """One of the pages that open from the overview, by its button there."""
    if window.workbench.page.detail is not detail:
        window.menus.overview.trigger()
        button = window.workbench.page.overview.links.buttons[detail]
        assert button.isVisible(), f"no way to {detail}"
        button.click()
    assert window.workbench.page.detail is detail


def choose_head(window, choice):
    """What is to become of the output layer, on its page."""
    go_to(window, Detail.HEAD)
    button = window.workbench.page.head._buttons[choice]
    assert button.isVisible()
    button.click()


def sentence(window):
    """What stands above everything else, and what it rests on."""
    line = window.workbench.page.overview.readiness
    return f"{line.sentence.text()} {line.detail.text()}".strip()


def each_page(window):
    """Show every page of the open model after the other, the overview first; yields which it is."""
    window.menus.overview.trigger()
    yield None
    for detail in window.workbench.page.overview.links.buttons:
        if leads_to(window, detail):
            go_to(window, detail)
            yield detail
    window.menus.overview.trigger()


def see_check(window):
    """What came of the check of the finished file, by the button there."""
    details = window.workbench.page.overview.output._done.proof.details
    assert details.isVisible()
    details.click()
    assert window.workbench.page.detail is Detail.PROOF


def leave(window):
    """By the button Back that is in sight."""
    (button,) = (one for one in window.findChildren(QToolButton) if one.text() == "Back" and one.isVisible())
    button.click()
