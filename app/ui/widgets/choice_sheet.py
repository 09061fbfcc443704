"""One out of many names: a sheet with a list and a field that narrows it."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.text import text
from app.ui.say import say
from app.ui.widgets.card_frame import heading, quiet

SIZE = (380, 420)
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class ChoiceSheet(QDialog):
    """Opens at once; does not block."""

    def __init__(
        self, parent: QWidget, title: str, remark: str, choices: Mapping[str, str], then: Callable[[str], object]
    ) -> None:
        """`choices`: values and what is shown of them. `then` is given the value that was chosen."""
        super().__init__(parent)
        self.setWindowTitle(say(title))
        self.resize(*SIZE)
        self.search, self.names = QLineEdit(), QListWidget()
        self.search.setPlaceholderText(say(text("Search")))
        self.search.setAccessibleName(say(text("Search")))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._narrow)
        self.search.installEventFilter(self)
        self.names.setAccessibleName(say(title))
        self.names.setUniformItemSizes(True)
        for value, shown in choices.items():
            item = QListWidgetItem(say(shown), self.names)
            item.setData(Qt.ItemDataRole.UserRole, value)
        self.names.itemSelectionChanged.connect(self._show_whether)
        self.names.itemActivated.connect(lambda _: self.accept())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.use = buttons.addButton(say(text("Use")), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._place(title, remark, buttons)
        self.accepted.connect(lambda: then(self._chosen()))
        self.finished.connect(self.deleteLater)
        self._show_whether()
        self.search.setFocus()
        self.open()

    def show_current(self, value: str) -> None:
        """Begin at what is chosen already."""
        for item in self._items():
            if item.data(Qt.ItemDataRole.UserRole) == value:
                self.names.setCurrentItem(item)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Keys that move in a list do so from the field too."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in MOVES:
            QApplication.sendEvent(self.names, event)
            return True
        return False

    def _place(self, title: str, remark: str, buttons: QDialogButtonBox) -> None:
        layout = QVBoxLayout(self)
        layout.addWidget(heading(title))
        if remark:
            label = quiet(QLabel(say(remark)))
            label.setWordWrap(True)
            layout.addWidget(label)
        layout.addWidget(self.search)
        layout.addWidget(self.names, 1)
        layout.addWidget(buttons)

    def _items(self) -> list[QListWidgetItem]:
        return [self.names.item(row) for row in range(self.names.count())]

    def _narrow(self, wanted: str) -> None:
        for item in self._items():
            item.setHidden(wanted.strip().casefold() not in item.text().casefold())
        if not self._selected():
            self.names.clearSelection()
            if wanted:
                self._select_first()
        self._show_whether()

    def _select_first(self) -> None:
        for item in self._items():
            if not item.isHidden():
                self.names.setCurrentItem(item)
                return

    def _show_whether(self) -> None:
        self.use.setEnabled(bool(self._selected()))

    def _selected(self) -> list[QListWidgetItem]:
        return [item for item in self.names.selectedItems() if not item.isHidden()]

    def _chosen(self) -> str:
        (item,) = self._selected()
        return str(item.data(Qt.ItemDataRole.UserRole))
