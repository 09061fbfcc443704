"""A model card beside the finished files, as the Hub reads it."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.deliver.model_card import CardFile, card_path, write_model_card
from app.core.errors import AppError
from app.ui.delivery.delivery_panel import DeliveryPanel
from app.ui.page_result import PageResult
from app.ui.say import spoken
from app.ui.widgets.failure import show_failure
from app.ui.widgets.replacing import ask_before_writing


class ModelCards(QObject):
    """Written when it is asked for, of the files that the page is about."""

    def __init__(self, window: QWidget, result: PageResult, panel: DeliveryPanel) -> None:
        super().__init__(window)
        self._window, self._result, self._panel = window, result, panel
        panel.card_wanted.connect(lambda _: self.ask())

    def ask(self) -> None:
        """Write it; asks before one is replaced."""
        item = self._result.item
        if item is not None and item.finished:
            place = card_path(item.written[0].path.parent)
            ask_before_writing(self._window, [place], [item.folder], self._write)

    def _write(self, overwrite: bool) -> None:
        item = self._result.item
        if item is None or not item.finished:
            return
        files = [
            CardFile(one.plan, one.written, check.report) for one, check in zip(item.finished, item.checks, strict=True)
        ]
        checkpoint = item.finished[0].prepared.model.checkpoint
        try:
            path = write_model_card(checkpoint, files, overwrite, spoken())
        except AppError as error:
            show_failure(self._window, error)
        else:
            self._panel.tell_card(path)
