"""The window: its frame is shown at once, and what works in it follows as soon as it is loaded."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QAction, QCloseEvent, QShowEvent
from PySide6.QtWidgets import QApplication

from app.ui.frame import Frame
from app.ui.job import Job
from app.ui.settings import Settings

if TYPE_CHECKING:
    from app.ui.history.store import History
    from app.ui.queue.conversion_queue import ConversionQueue
    from app.ui.workbench import Workbench

WORKBENCH = "app.ui.workbench"
TOUCHES = (
    *(QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress),
    *(QEvent.Type.DragEnter, QEvent.Type.Drop),
)


class MainWindow(Frame):
    """One window: one model that is open, and a queue that goes on whatever is opened.

    The workbench is loaded in a thread once the frame is painted, and placed when that is done, or when it is asked
    for. Whoever touches the window before waits for it: nothing is pressed in vain.
    """

    furnished = Signal()
    language_chosen = Signal(str)
    text_size_chosen = Signal(int)

    def __init__(
        self, settings: Settings, history: "History | None" = None, queue: "ConversionQueue | None" = None
    ) -> None:
        """`history` and `queue` of a window that this one takes the place of."""
        super().__init__(settings)
        self._taken_over = history, queue
        self._workbench: Workbench | None = None
        self._loading: Job | None = None
        self.menus.connect_all(self._take)

    @property
    def workbench(self) -> "Workbench":
        """What works in the window; made now if it is not there yet."""
        return self.furnish()

    def furnish(self) -> "Workbench":
        """Place the workbench, unless it is there."""
        if self._workbench is None:
            self._stop_loading()
            from app.ui.workbench import Workbench

            self._workbench = Workbench(self, *self._taken_over)
            self._workbench.preferring.language_chosen.connect(self.language_chosen)
            self._workbench.preferring.text_size_chosen.connect(self.text_size_chosen)
            self.furnished.emit()
        return self._workbench

    def open_folder(self, path: Path, adapters: Sequence[Path] = ()) -> None:
        """Open a folder, with adapters added to it; the queue goes on."""
        self.workbench.opening.open_folder(path, adapters)

    def stop_all_but_queue(self) -> None:
        """Nothing goes on here any more, but for what the queue does."""
        if self._workbench is None:
            self._stop_loading()
        else:
            self._workbench.stop_all_but_queue()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._workbench is None and self._loading is None:
            application = self._application()
            application.installEventFilter(self)
            application.aboutToQuit.connect(self._stop_loading)  # Qt ends no thread, and not without it
            self._loading = Job(lambda *_: import_module(WORKBENCH), self)
            self._loading.ended.connect(self.furnish)  # also when it failed: then the import fails here, and is told
            self._loading.start()

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Until the workbench is there."""
        if event.type() in TOUCHES:
            self.furnish()
        return False

    def _take(self, action: QAction) -> None:
        """Again what nobody was there for: a Mac's menu bar is no part of the window, and sends it no events."""
        if self._workbench is None:
            self.furnish()
            action.trigger()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._workbench is not None:
            if not self._workbench.may_close():
                event.ignore()
                return
            self._workbench.queue.shut_down()
        self.stop_all_but_queue()
        self.settings.set_geometry(self.saveGeometry())
        event.accept()

    def _stop_loading(self) -> None:
        self._application().removeEventFilter(self)
        if self._loading is not None:
            self._loading.ended.disconnect(self.furnish)
            self._loading.wait()
            self._loading = None

    def _application(self) -> QApplication:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        return application
