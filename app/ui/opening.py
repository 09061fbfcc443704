"""What is opened: a folder that is chosen, dropped or listed, an adapter with its base, the sample."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core.checkpoint import Checkpoint
from app.core.plan import PlanOptions
from app.core.resources import SAMPLE, resource_path
from app.core.text import text
from app.ui.library import Library
from app.ui.menus.menu_bar import Menus
from app.ui.output.destination import is_sample
from app.ui.session import Session
from app.ui.settings import Recent, Settings
from app.ui.welcome import Welcome
from app.ui.widgets import sheets


class Opening(QObject):
    """Connects what asks for a folder with the session, and remembers what was open; the queue goes on."""

    begun = Signal()  # what was said of the model before counts no more

    def __init__(
        self, window: QWidget, session: Session, settings: Settings, menus: Menus, welcome: Welcome, library: Library
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._settings = window, session, settings
        self._recents, self._welcome, self._library = menus.recents, welcome, library
        session.folder_changed.connect(self._remember)
        welcome.open_wanted.connect(self.choose)
        welcome.sample_wanted.connect(self.open_sample)
        welcome.recent_wanted.connect(self.open_recent)
        library.open_wanted.connect(self.open_folder)
        library.choose_wanted.connect(self.choose)
        library.recents_changed.connect(self._show_recents)
        self._recents.chosen.connect(self.open_recent)
        self._recents.cleared.connect(self._show_recents)
        self._recents.cleared.connect(library.show_recents)
        menus.connect(open=self.choose, sample=self.open_sample)

    def open_folder(self, path: Path, adapters: Sequence[Path] = (), options: PlanOptions | None = None) -> None:
        """A folder, with adapters added to it; first with these choices, else in the usual format."""
        self.begun.emit()
        self._session.open(path, adapters, options or PlanOptions(output_type=self._settings.output_type()))

    def open_recent(self, recent: Recent) -> None:
        """A folder again, with the adapters that it had."""
        self.open_folder(recent.folder, recent.adapters)

    def open_sample(self) -> None:
        """The model that comes with the program."""
        self.open_folder(resource_path(SAMPLE))

    def open_like(self, other: "Opening") -> None:
        """What is open in another window, with the choices that were made there."""
        session = other._session
        if session.checkpoint is not None:
            adapters = [one.adapter.file.path for one in session.adapters]
            self.open_folder(session.checkpoint.folder, adapters, session.options)

    def choose(self) -> None:
        """File > Open…: a sheet."""
        sheets.choose_folder(self._window, text("Choose a model folder"), self.open_folder)

    def _remember(self, checkpoint: Checkpoint) -> None:
        adapters = [one.adapter.file.path for one in self._session.adapters]
        if not is_sample(checkpoint):
            self._settings.add_recent(checkpoint.folder, adapters)
            self._show_recents()
        self._library.note_opened(checkpoint.folder, adapters)

    def _show_recents(self) -> None:
        self._recents.refresh()
        self._welcome.show_recents(self._settings.recents())
