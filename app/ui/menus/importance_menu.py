"""The importance matrix: by what the model's own activations use, block types can choose their numbers better."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.core.model.imatrix import Imatrix
from app.core.text import text
from app.ui.say import say
from app.ui.widgets.plain_action import plain_action
from app.ui.widgets.shown_text import menu_text


class ImportanceMenu(QMenu):
    """None, or one from a file."""

    wanted = Signal()
    forgotten = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(say(text("&Importance Matrix")))
        self._imatrix: Imatrix | None = None
        self._none, self._file = self._add(text("&None")), self._add("")
        self._none.triggered.connect(lambda: self.forgotten.emit())
        self.triggered.connect(lambda _: self.show_imatrix(self._imatrix))  # a plan changes the check, not the click
        self.addSeparator()
        choose = self._add(text("&Choose…"))
        choose.setCheckable(False)
        choose.triggered.connect(lambda: self.wanted.emit())
        self.show_imatrix(None)

    def show_imatrix(self, imatrix: Imatrix | None) -> None:
        """Check what the plan was made with."""
        self._imatrix = imatrix
        self._none.setChecked(imatrix is None)
        self._file.setChecked(imatrix is not None)
        self._file.setVisible(imatrix is not None)
        if imatrix is not None:
            self._file.setText(menu_text(imatrix.file.path.name))

    def _add(self, title: str) -> QAction:
        action = plain_action(title, self)
        action.setCheckable(True)
        self.addAction(action)
        return action
