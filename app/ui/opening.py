"""What is opened: a folder that is chosen, dropped or listed, an adapter with its base, the sample."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core.plan import PlanOptions
from app.core.resources import SAMPLE, resource_path
from app.core.text import text
from app.ui.session import Session
from app.ui.settings import Recent, Settings
from app.ui.widgets import sheets


class Opening(QObject):
    """Opens in the session; the queue goes on whatever is opened."""

    begun = Signal()  # what was said of the model before counts no more

    def __init__(self, window: QWidget, session: Session, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._session, self._settings = window, session, settings

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

    def choose(self) -> None:
        """File > Open…: a sheet."""
        sheets.choose_folder(self._window, text("Choose a model folder"), self.open_folder)
