"""Which columns are shown: on the header, and in the menu of the table."""

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.core.text import text
from app.ui.say import say
from app.ui.table.tensor_columns import COLUMNS, LAYER_COLUMN, PART_COLUMN
from app.ui.widgets.plain_action import plain_action

ALWAYS = LAYER_COLUMN, PART_COLUMN  # they tell rows apart


class ColumnsMenu(QMenu):
    """A choice for each column that may be hidden; `hidden` has their names."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(say(text("Columns")))
        self._actions: dict[str, QAction] = {}
        for number, column in enumerate(COLUMNS):
            if number not in ALWAYS:
                action = self._actions[column.name] = plain_action(column.title, self)
                action.setCheckable(True)
                action.setChecked(True)
                action.triggered.connect(partial(self.changed.emit))
                self.addAction(action)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Names of the columns that are not wanted."""
        return tuple(name for name, action in self._actions.items() if not action.isChecked())

    def hide_columns(self, names: Iterable[str]) -> None:
        """As they were remembered; a name that is no column's is passed over."""
        hidden = set(names)
        for name, action in self._actions.items():
            action.setChecked(name not in hidden)

    def offer_kept(self, has_adapters: bool) -> None:
        """Columns that say something of adapters only."""
        for column in COLUMNS:
            if column.is_for_adapters:
                self._actions[column.name].setVisible(has_adapters)
