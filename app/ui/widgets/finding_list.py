"""Findings below each other in a sheet: as high as they are, and scrolled where they are too many."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.core.findings import Finding
from app.core.text import text
from app.ui.say import say
from app.ui.widgets.finding_row import finding_row

HIGHEST = 260


class FindingList(QScrollArea):
    """Hidden without findings."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(say(text("Notes")))
        self.hide()

    def show_findings(self, findings: Sequence[Finding], width: int) -> None:
        """The gravest first. `width`, in pixels, is what there is room for: how high texts are follows from it."""
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        for finding in sorted(findings, key=lambda one: one.severity.rank):
            layout.addWidget(finding_row(finding))
        self.setWidget(inside)
        self.setFixedHeight(max(0, min(HIGHEST, layout.totalHeightForWidth(width))))  # of nothing that is -1
        self.setVisible(bool(findings))
