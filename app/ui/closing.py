"""Before the window closes on files that are not finished: one question, which goes away with its reason."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox, QWidget

from app.core.text import Text, counted, in_one_line, text
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.widgets import sheets


class Closing(QObject):
    """Asks whether the queue is to be stopped."""

    def __init__(self, window: QWidget, queue: ConversionQueue) -> None:
        super().__init__(window)
        self._window, self._queue = window, queue
        self._box: QMessageBox | None = None
        queue.finished.connect(self._finished)

    def may_close(self) -> bool:
        """Whether nothing would be lost; else it is asked, and the window is closed when the answer is yes."""
        if self._queue.is_writing and self._box is None:
            self._box = sheets.ask_to_stop(self._window, self._question(), self._stop)
            self._box.finished.connect(self._answered)
        return not self._queue.is_writing

    def _question(self) -> Text:
        unfinished = [one for one in self._queue.items if one.has_files_to_write]
        if len(unfinished) == 1:
            return text("Stop converting {model} and close?", model=in_one_line(unfinished[0].title))
        return counted("Stop {count:,} conversion and close?", "Stop {count:,} conversions and close?", len(unfinished))

    def _finished(self) -> None:
        if self._box is not None and not self._queue.is_writing:
            self._box.reject()

    def _answered(self) -> None:
        self._box = None

    def _stop(self) -> None:
        self._queue.shut_down()
        self._window.close()
