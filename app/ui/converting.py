"""What is to be written of the open model, and where; Convert puts it into the queue."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core.model.fine_tunes import AdapterChoice
from app.core.plan import ConversionPlan, Prepared
from app.core.text import NOTHING, Text, text
from app.ui.output.destination import Destination
from app.ui.preferences.places import Places
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_item import ModelFiles, QueueItem
from app.ui.session import Session, State
from app.ui.settings import Settings
from app.ui.widgets import sheets
from app.ui.widgets.replacing import ask_before_writing


class Converting(QObject):
    """Between the session, which plans, and the queue, which writes."""

    added = Signal(int)  # the number of the item in the queue
    destination_changed = Signal()

    def __init__(self, window: QWidget, session: Session, queue: ConversionQueue, settings: Settings) -> None:
        super().__init__(window)
        self._places = Places(settings)
        self._window, self._session, self._queue, self._settings = window, session, queue, settings
        self._destination = Destination()

    def forget_destination(self) -> None:
        """Another model goes where such files usually go."""
        self._destination = Destination()

    def choose_destination(self) -> None:
        """Where the file goes, or the folder for several: a sheet."""
        if len(self._session.orders) > 1:
            sheets.choose_folder(self._window, text("Choose a folder for the files"), self.set_folder)
        elif self._session.plan is not None:
            sheets.choose_file(self._window, self.targets()[0], self.set_destination)

    def set_folder(self, folder: Path) -> None:
        """The folder for all files."""
        self._destination.choose_folder(folder)
        self.destination_changed.emit()

    def set_destination(self, path: Path) -> None:
        """The file to write; a name that is the usual one goes on following the type."""
        self._destination.choose(path, self.targets()[0])
        self.destination_changed.emit()

    def targets(self) -> tuple[Path, ...]:
        """All files that Convert writes, the chosen type's first."""
        checkpoint = self._session.checkpoint
        assert checkpoint is not None
        return self._destination.targets(checkpoint, self._session.orders, self._places.usual)

    @property
    def is_being_written(self) -> bool:
        """Whether the queue has such files already."""
        return self._session.plan is not None and self._queue.writes_to(self.targets())

    @property
    def is_possible(self) -> bool:
        """Whether Convert can be chosen now."""
        plan, state = self._session.plan, self._session.state
        return state is State.READY and plan is not None and plan.can_convert and not self.is_being_written

    @property
    def why_not(self) -> Text:
        """What stands in the way of it, where that needs words."""
        plan = self._session.plan
        if self._session.state is State.LOOKING:
            return text("Checking the weights…")
        if plan is not None and plan.blockers:
            return text("Cannot be converted; the notes say why.")
        return text("This file is being written.") if self.is_being_written else NOTHING

    def convert(self) -> None:
        """Put what is chosen into the queue, as soon as it is planned; asks before a file is replaced."""
        self._session.when_planned(self._convert)

    def _convert(self, prepared: Prepared, plans: tuple[ConversionPlan, ...]) -> None:
        checkpoint, targets = prepared.model.checkpoint, self.targets()
        if self.is_being_written:
            return

        def add(overwrite: bool) -> None:
            item = QueueItem(
                checkpoint.name,
                checkpoint.folder,
                ModelFiles(prepared, plans),
                targets,
                tuple(AdapterChoice(one.adapter.file.path, one.strength) for one in prepared.model.adapters),
                overwrite,
                checks_afterwards=self._settings.checks_afterwards(),
                reports_afterwards=self._settings.reports_beside(),
            )
            self.added.emit(self._queue.add(item))

        ask_before_writing(self._window, targets, [checkpoint.folder], add)
