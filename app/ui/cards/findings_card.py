"""What was found: what it is, what it means, what to do; the gravest first."""

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.core.findings import Finding
from app.ui.widgets.card_frame import CardFrame
from app.ui.widgets.finding_row import enable_remedies, finding_row
from app.ui.widgets.tab_order import tab_after


class FindingsCard(CardFrame):
    """A list of findings; hidden when there are none. Emits `followed(Remedy)` when the user takes one."""

    followed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
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
        self._rows = [finding_row(finding, self.followed.emit) for finding in ranked]
        for row in self._rows:
            self.body.addWidget(row)
        tab_after(self, self._rows)

    def set_enabled(self, enabled: bool) -> None:
        """Whether a remedy can be taken now."""
        enable_remedies(self._rows, enabled)
