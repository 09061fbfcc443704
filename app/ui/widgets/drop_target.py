"""What hovers above a window and is dropped on it: one sentence meanwhile, then a signal."""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from app.core.text import counted, text
from app.ui.widgets.dropping import DropOverlay, Dropped, look_at_drop


class DropTarget(QObject):
    """Watches the events of a window that accepts drops. Folders are looked at when they come, not at every move."""

    dropped = Signal(object)  # Dropped, with something to open

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.overlay = DropOverlay(window)
        self._hovering: Dropped | None = None
        window.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Drags and drops end here."""
        if isinstance(event, QDragEnterEvent):  # before QDragMoveEvent, which it is too
            self._enter(event)
        elif isinstance(event, QDragMoveEvent):
            self._move(event)
        elif isinstance(event, QDropEvent):
            self._drop(event)
        elif event.type() == QEvent.Type.DragLeave:
            self.overlay.hide()
        else:
            return False
        return True

    def _enter(self, event: QDragEnterEvent) -> None:
        if not event.mimeData().hasUrls():
            event.ignore()
            return
        self._hovering = look_at_drop(event.mimeData())
        self.overlay.show_text(_said(self._hovering), self._hovering.can_be_opened)
        event.acceptProposedAction()

    def _move(self, event: QDragMoveEvent) -> None:
        if self._hovering is not None and self._hovering.can_be_opened:
            event.acceptProposedAction()
        else:
            event.ignore()  # the pointer shows that it will not be taken

    def _drop(self, event: QDropEvent) -> None:
        self.overlay.hide()
        dropped = look_at_drop(event.mimeData())
        if dropped.can_be_opened:
            event.acceptProposedAction()
            self.dropped.emit(dropped)


def _said(dropped: Dropped) -> str:
    if dropped.several:
        return counted("Drop to convert {count:,} model", "Drop to convert {count:,} models", len(dropped.several))
    return text("Drop to open {folder}", folder=dropped.name) if dropped.can_be_opened else dropped.reason
