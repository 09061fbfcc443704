"""Several models at once: one sheet, then a row in the queue for each."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core.display_name import display_name
from app.core.ggml_types import OutputType
from app.core.model.fine_tunes import AdapterChoice
from app.core.plan import PlanOptions
from app.ui.output.batch_sheet import BatchSheet
from app.ui.preferences.places import Places
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_item import QueueItem, Unopened
from app.ui.settings import Settings

Model = tuple[Path, Sequence[Path]]  # a folder, and the files of adapters that are added to it


class Batch(QObject):
    """What is asked before, and what is put into the queue; then `added`."""

    added = Signal()

    def __init__(self, window: QWidget, queue: ConversionQueue, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._queue, self._settings = window, queue, settings
        self._places = Places(settings)
        self.sheet: BatchSheet | None = None

    def ask(self, models: Sequence[Model]) -> None:
        """Whether these models are to be converted; a question that is open is for others and goes."""
        if self.sheet is not None:
            self.sheet.reject()
        self.sheet = BatchSheet(self._window, [folder for folder, _ in models], self._settings.output_type())
        self.sheet.wanted.connect(partial(self._add, tuple(models)))
        self.sheet.finished.connect(self._closed)

    def _closed(self) -> None:
        self.sheet = None

    def _add(self, models: Sequence[Model], kind: OutputType, place: Path | None, overwrite: bool) -> None:
        source = Unopened(PlanOptions(output_type=kind), lambda *made: place or self._places.usual(*made))
        for folder, adapters in models:
            item = QueueItem(
                display_name(folder),
                folder,
                source,
                adapters=tuple(map(AdapterChoice, adapters)),
                overwrite=overwrite,
                checks_afterwards=self._settings.checks_afterwards(),
                reports_afterwards=self._settings.reports_beside(),
            )
            self._queue.add(item)
        self.added.emit()
