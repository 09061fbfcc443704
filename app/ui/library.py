"""What there is and what was used: keeps the side bar, the list of finished files and what is remembered in step."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.ui import desktop, job
from app.ui.delivery.chosen_file import ChosenFile
from app.ui.history.history_page import HistoryPage
from app.ui.history.store import History
from app.ui.settings import Recent, Settings
from app.ui.sources.scanning import Scanning
from app.ui.sources.side_bar import SideBar
from app.ui.widgets.failure import show_failure


class Library(QObject):
    """Has the widgets, which the window places; what only the window can do is emitted.

    Wishes of the list of finished files for one that is to be made or checked again are `history_page`'s own signals.
    """

    open_wanted = Signal(object, object)  # Path, tuple of adapters' Paths
    convert_wanted = Signal(object)  # tuple of (Path, tuple of adapters' Paths)
    choose_wanted = Signal()
    file_wanted = Signal(object)  # Path: it is selected in `history_page`, which is to be shown
    recents_changed = Signal()

    def __init__(self, window: QWidget, settings: Settings, history: History) -> None:
        super().__init__(window)
        self._window, self._settings, self.history = window, settings, history
        self.side_bar, self.history_page, self.delivery = SideBar(), HistoryPage(), ChosenFile()
        self.history_page.place_below(self.delivery)
        self.scanning = Scanning(self._used, self)
        self._soon = QTimer(self, singleShot=True, interval=job.FRAME)
        self._soon.timeout.connect(self._show_opened)
        self._connect()
        self.scanning.failed.connect(lambda error: show_failure(window, error))
        window.installEventFilter(self)

    def start(self) -> None:
        """Show what is remembered; more is looked for as soon as the window is seen."""
        self.show_recents()
        self._show_files()
        self.history_page.show_history(self.history)
        if self._window.isVisible():
            self.scanning.start()

    def show_recents(self) -> None:
        """As the settings know them now."""
        self.side_bar.show_recents(self._settings.recents())

    def note_opened(self, folder: Path, adapters: Sequence[Path] = ()) -> None:
        """Something is open now, and remembered; its line is selected, when the page of it is painted."""
        self._opened = Recent(folder, tuple(adapters))
        self._soon.start()

    def _show_opened(self) -> None:
        self.show_recents()
        self.side_bar.show_open(self._opened.folder, self._opened.adapters)

    def shut_down(self) -> None:
        """The program is about to end."""
        self.scanning.shut_down()
        self.delivery.shut_down()

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """The window came to the front: files may have gone, models may have come."""
        if event.type() == QEvent.Type.Show:
            self.scanning.start()
        elif event.type() == QEvent.Type.WindowActivate:
            self.scanning.window_activated()
            self._show_files()
            self.history_page.show_files(self.history.files, self.history.remark)
        return False

    def _connect(self) -> None:
        bar, page, history = self.side_bar, self.history_page, self.history
        self.scanning.found.connect(bar.show_models)
        history.changed.connect(self._show_files)
        bar.open_wanted.connect(self.open_wanted)
        bar.convert_wanted.connect(self.convert_wanted)
        bar.choose_wanted.connect(self.choose_wanted)
        bar.file_wanted.connect(self._show_file)
        bar.forget_wanted.connect(self._forget)
        bar.forget_file_wanted.connect(lambda path: history.remove([path]))
        page.remove_wanted.connect(history.remove)
        page.chosen.connect(self.delivery.choose)
        for reveal in (bar.reveal_wanted, page.reveal_wanted):
            reveal.connect(lambda path: desktop.reveal(path))

    def _used(self) -> Iterator[Path]:
        """Folders in which adapters and fine-tunes may lie too."""
        for one in self._settings.recents():
            yield one.folder
            yield from (file.parent for file in one.adapters)

    def _show_files(self) -> None:
        self.side_bar.show_files(self.history.files)

    def _show_file(self, path: Path) -> None:
        self.history_page.select(path)
        self.file_wanted.emit(path)

    def _forget(self, recent: Recent) -> None:
        self._settings.forget_recent(recent)
        self.show_recents()
        self.recents_changed.emit()
