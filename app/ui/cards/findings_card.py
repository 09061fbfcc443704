"""What was found: what it is, what it means, what to do; the gravest first."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.findings import Finding
from app.core.text import text
from app.ui.say import say
from app.ui.widgets.card_frame import CardFrame, quiet, wrapping
from app.ui.widgets.icon_label import IconLabel
from app.ui.widgets.icons import icon

ICON_SIZE = 16


class FindingsCard(CardFrame):
    """A list of findings; hidden when there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(text("Worth knowing"), parent)
        self._rows: list[QWidget] = []
        self._shown: tuple[Finding, ...] = ()
        self.hide()

    def show_findings(self, findings: Iterable[Finding]) -> None:
        """Show these instead of those before."""
        ranked = tuple(sorted(findings, key=lambda finding: finding.severity.rank))
        self.setVisible(bool(ranked))
        if ranked == self._shown:
            return
        self._shown = ranked
        for row in self._rows:
            self.body.removeWidget(row)
            row.hide()  # at once; it goes when the event loop gets to it
            row.deleteLater()
        self._rows = [finding_row(finding) for finding in ranked]
        for row in self._rows:
            self.body.addWidget(row)


def finding_row(finding: Finding) -> QWidget:
    """One finding with its sign."""
    row = QWidget()
    row.setAccessibleName(say(text("{title}: {value}", title=finding.severity.in_words, value=finding.what)))
    layout, texts = QHBoxLayout(row), QVBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(10)
    texts.setSpacing(3)
    layout.addWidget(IconLabel(icon(finding.severity.value), ICON_SIZE), 0, Qt.AlignmentFlag.AlignTop)
    layout.addLayout(texts, 1)
    texts.addWidget(wrapping(finding.what))
    for said in filter(None, (finding.meaning, finding.advice)):
        texts.addWidget(quiet(wrapping(said)))
    return row
