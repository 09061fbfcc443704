"""The ways on from a file that is selected in a list, with work of their own."""

from PySide6.QtWidgets import QWidget

from app.ui.delivery.delivering import Delivering
from app.ui.delivery.delivery_panel import DeliveryPanel
from app.ui.history.finished_file import FinishedFile


class ChosenFile(DeliveryPanel):
    """Hidden while no file is selected; what is on its way stays in sight whatever is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._delivering = Delivering(self)
        self._chosen: FinishedFile | None = None
        self.follow(self._delivering)
        self.hide()

    def choose(self, file: FinishedFile | None) -> None:
        """One that is there; what was said of it stays as long as it is the one."""
        if self._delivering.is_busy:
            return
        self.setVisible(file is not None)
        if file is not None and (self._chosen is None or self._chosen.path != file.path):
            self._chosen = file
            self.show_file(file)

    def shut_down(self) -> None:
        """Stop and wait; the program is about to end."""
        self._delivering.shut_down()
