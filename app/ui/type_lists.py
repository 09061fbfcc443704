"""Types of single tensors: chosen in the table, loaded from a file, saved into one."""

from collections.abc import Callable, Collection
from pathlib import Path

from gguf import GGMLQuantizationType
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.convert.part_file import write_text
from app.core.errors import AppError
from app.core.plan.types.tensor_choices import choices_as_text, load_choices, with_choice
from app.ui.session import Session
from app.ui.table.tensor_types_menu import TensorTypesMenu
from app.ui.widgets import sheets
from app.ui.widgets.failure import show_failure


class TypeLists(QObject):
    """Connects the table's menu with the session. `target` is the file that the types are for."""

    def __init__(self, window: QWidget, session: Session, menu: TensorTypesMenu, target: Callable[[], Path]) -> None:
        super().__init__(window)
        self._window, self._session, self._target = window, session, target
        menu.chosen.connect(self.choose)
        menu.load_wanted.connect(lambda: sheets.choose_list_of_types(window, self.load))
        menu.save_wanted.connect(self._ask_where_to_save)
        menu.forget_wanted.connect(lambda: session.choose(tensor_types=()))

    def choose(self, names: Collection[str], kind: GGMLQuantizationType | None) -> None:
        """A type for these tensors of the file, None for the usual one."""
        self._session.choose(tensor_types=with_choice(self._session.options.tensor_types, names, kind))

    def load(self, path: Path) -> None:
        """In the place of all choices for single tensors."""
        try:
            self._session.choose(tensor_types=load_choices(path))
        except AppError as error:
            show_failure(self._window, error)

    def save(self, path: Path) -> None:
        """As the command line reads them."""
        try:
            write_text(path, choices_as_text(self._session.options.tensor_types))
        except AppError as error:
            show_failure(self._window, error)

    def _ask_where_to_save(self) -> None:
        target = self._target()
        sheets.save_list_of_types(self._window, target.with_name(f"{target.stem}-types.txt"), self.save)
