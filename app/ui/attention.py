"""What the desktop is told of the queue: stay awake, a number on the Dock icon, that something is ready."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.progress import Progress
from app.core.text import text
from app.ui import desktop
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_item import QueueItem
from app.ui.queue.queue_words import title_of


class Attention(QObject):
    """Follows the queue."""

    def __init__(self, window: QWidget, queue: ConversionQueue) -> None:
        super().__init__(window)
        self._window, self._queue = window, queue
        self._awake: desktop.KeepAwake | None = None
        queue.changed.connect(self._changed)
        queue.progressed.connect(self._progressed)
        queue.written.connect(self._written)
        queue.checked.connect(self._checked)
        queue.failed.connect(self._failed)

    def release(self) -> None:
        """The Mac may sleep again."""
        if self._awake is not None:
            self._awake.release()
            self._awake = None
            desktop.set_badge(None)

    def _changed(self) -> None:
        if self._queue.is_busy:
            self._awake = self._awake or desktop.KeepAwake()
        else:
            self.release()

    def _progressed(self, _: QueueItem, progress: Progress) -> None:
        desktop.set_badge(round(100 * progress.share))

    def _written(self, item: QueueItem) -> None:
        desktop.announce(self._window, text("{file} is ready", file=item.written[0].path.name))

    def _checked(self, item: QueueItem, number: int) -> None:
        check = item.checks[number]
        desktop.announce(self._window, text("{file}: {verdict}", file=check.path.name, verdict=check.word))

    def _failed(self, item: QueueItem) -> None:
        if item.failure is not None:
            title = title_of(item)
            desktop.announce(self._window, text("{title}: {value}", title=title, value=item.failure.message))
