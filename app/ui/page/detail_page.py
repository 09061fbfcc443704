"""A page that opens from the overview: the way back, a title, and what it is about."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.core.text import Text
from app.ui.say import say
from app.ui.widgets.card_frame import heading
from app.ui.widgets.leavable_page import LeavablePage

MARGIN, GAP = 16, 12
WIDEST = 820  # pixels; a longer line is hard to read


class DetailPage(LeavablePage):
    """One card, or what else fills a page."""

    def __init__(self, title: Text, inside: QWidget, *, fills: bool = False) -> None:
        """`inside` scrolls, unless it fills the page and does that itself."""
        super().__init__()
        self.title = heading(title)
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self.leave)
        top.addWidget(self.title, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP)
        layout.addLayout(top)
        layout.addWidget(inside if fills else scrolled(inside, title), 1)


def scrolled(inside: QWidget, name: Text, widest: int = WIDEST) -> QScrollArea:
    """No wider than lines are read well, and scrolled where it is higher than its place."""
    ground = QWidget()
    row = QHBoxLayout(ground)
    row.setContentsMargins(0, 0, 0, 0)
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, 0, 0)
    inside.setMaximumWidth(widest)
    column.addWidget(inside)
    column.addStretch(1)
    row.addLayout(column, 1000)
    row.addStretch(1)
    area = QScrollArea()
    area.setWidget(ground)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setAccessibleName(say(name))
    return area
