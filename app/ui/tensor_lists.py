"""The table of tensors beyond the table: exported into a file, and its columns remembered."""

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.convert.tensor_list import write_tensor_list
from app.core.errors import AppError
from app.ui.settings import Settings
from app.ui.tensors_page import TensorsPage
from app.ui.widgets import sheets
from app.ui.widgets.failure import show_failure


class TensorLists(QObject):
    """Connects the table with files and settings."""

    def __init__(self, window: QWidget, page: TensorsPage, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._page = window, page
        page.table.hide_columns(settings.hidden_columns())
        page.table.columns_chosen.connect(settings.set_hidden_columns)
        page.table.export_wanted.connect(self._ask_where)

    def export(self, path: Path) -> None:
        """All tensors, with what was measured of them."""
        page = self._page
        assert page.plan is not None
        try:
            write_tensor_list(path, page.plan, page.errors, page.kept)
        except AppError as error:
            show_failure(self._window, error)

    def _ask_where(self) -> None:
        if self._page.plan is not None:
            name = f"{self._page.plan.model_name}-tensors.csv"
            sheets.save_list_of_tensors(self._window, Path.home() / name, self.export)
