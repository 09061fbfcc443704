"""What the window consists of: a bar above, the side bar, the page beside it, the queue below."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

SIDE_BAR_WIDTH, NARROWEST = 250, 190
ROOM = 1000  # pixels; in a narrower window the side bar is folded away until it is asked for


class Shell(QWidget):
    """Places widgets; `side_bar_shown` tells when the side bar comes or goes."""

    side_bar_shown = Signal(bool)

    def __init__(self, above: QWidget) -> None:
        super().__init__()
        self.side_bar, self.pages = QWidget(), QStackedWidget()  # an empty one keeps the place
        self._wants_side_bar: bool | None = None  # as a person chose; else by the room there is
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(self.side_bar)
        self.splitter.addWidget(self.pages)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([SIDE_BAR_WIDTH, 4 * SIDE_BAR_WIDTH])
        self.side_bar.setMinimumWidth(NARROWEST)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(above)
        layout.addWidget(self.splitter, 1)
        self._fold()

    def furnish(self, side_bar: QWidget, below: QWidget) -> None:
        """Place what was not there at once."""
        side_bar.setMinimumWidth(NARROWEST)
        self.splitter.replaceWidget(0, side_bar)  # which keeps its width, and whether it is seen
        self.side_bar.deleteLater()
        self.side_bar = side_bar
        self._layout.addWidget(below)

    def add_page(self, page: QWidget) -> None:
        """One more page; the first one is shown."""
        self.pages.addWidget(page)

    def show_page(self, page: QWidget) -> None:
        """In the place of the one before."""
        self.pages.setCurrentWidget(page)

    def toggle_side_bar(self) -> None:
        """Show it, or put it away, until the window gets another width."""
        self._wants_side_bar = self.side_bar.isHidden()
        self._fold()

    @property
    def has_room(self) -> bool:
        """Whether there is room for the side bar."""
        return self.width() >= ROOM

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.oldSize().width() >= ROOM) is not self.has_room:
            self._wants_side_bar = None
        self._fold()

    def _fold(self) -> None:
        is_shown = self.has_room if self._wants_side_bar is None else self._wants_side_bar
        if self.side_bar.isHidden() is is_shown:
            self.side_bar.setVisible(is_shown)
            self.side_bar_shown.emit(is_shown)
