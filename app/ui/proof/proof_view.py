"""The proof of each finished file: which of them at the top, everything about it below."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QTabBar, QVBoxLayout, QWidget

from app.core.text import text
from app.core.verify.page.engine_sections import answers_section, distributions_section
from app.core.verify.page.parts import Drawing, Part, Table
from app.core.verify.page.proof_sections import steps_section
from app.core.verify.results.report import VerificationReport
from app.ui.proof.answers_card import AnswersCard
from app.ui.proof.chart_card import ChartCard
from app.ui.proof.figures_card import FiguresCard
from app.ui.proof.file_check import FileCheck
from app.ui.proof.steps_card import StepsCard
from app.ui.proof.verdict_card import VerdictCard
from app.ui.say import say
from app.ui.widgets.shown_text import menu_text, plain_tooltip

GAP = 12


class ProofView(QWidget):
    """Shows what came of the checks. Wishes go up, with the number of the file."""

    check_wanted = Signal(int)
    save_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checks: Sequence[FileCheck] = ()
        self._detailed: VerificationReport | None = None  # whose details are in sight
        self.files = QTabBar()
        self.files.setAccessibleName(say(text("Finished files")))
        self.files.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.files.setExpanding(False)
        self.files.setDrawBase(False)
        self.files.currentChanged.connect(lambda _: self._show_current())
        self.verdict, self.steps, self.chart = VerdictCard(), StepsCard(), ChartCard()
        self.answers, self.figures = AnswersCard(), FiguresCard()
        self.verdict.check_wanted.connect(lambda: self.check_wanted.emit(self.current))
        self.verdict.save_wanted.connect(lambda: self.save_wanted.emit(self.current))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.files)
        layout.addWidget(self._scrolled(), 1)

    @property
    def current(self) -> int:
        """The number of the file in sight."""
        return max(0, self.files.currentIndex())

    def show_checks(self, checks: Sequence[FileCheck], current: int | None = None) -> None:
        """All finished files as they stand; `current` comes into sight."""
        self._checks = checks
        self.files.blockSignals(True)
        while self.files.count() > len(checks):
            self.files.removeTab(self.files.count() - 1)
        for number, check in enumerate(checks):
            if number == self.files.count():
                self.files.addTab("")
            self.files.setTabText(
                number, say(text("{title}: {value}", title=check.word, value=menu_text(check.path.name)))
            )
            self.files.setTabToolTip(number, plain_tooltip(str(check.path)))
        if current is not None:
            self.files.setCurrentIndex(current)
        self.files.blockSignals(False)
        self.files.setVisible(len(checks) > 1)
        self._show_current()

    def set_enabled(self, can_check: bool) -> None:
        """Whether a check can begin now."""
        self.verdict.set_enabled(can_check)

    def _show_current(self) -> None:
        check = self._checks[self.current] if self._checks else FileCheck(Path())
        report = check.report
        if report is not None:
            self.verdict.show_report(report)
        elif check.failure:
            self.verdict.show_failure(check.failure)
        else:
            self.verdict.show_unchecked(check.is_running)
        self._show_details(report)

    def _show_details(self, report: VerificationReport | None) -> None:
        if report is not None and report is self._detailed:
            return  # what is read or chosen in it stays
        self._detailed = report
        parts: tuple[Part, ...] = ()
        if report is not None and report.distributions is not None:
            parts = distributions_section(report.distributions, report.limits).parts
        drawings = [part for part in parts if isinstance(part, Drawing)]
        tables = [part for part in parts if isinstance(part, Table)]
        self.steps.setVisible(report is not None)
        self.chart.setVisible(bool(drawings))
        self.figures.setVisible(bool(tables))
        self.answers.setVisible(report is not None and bool(report.answers))
        if report is not None:
            self.steps.show_section(steps_section(report))
        for drawing in drawings:
            self.chart.show_drawing(drawing)
        self.figures.show_tables(tables)
        if report is not None and report.answers:
            self.answers.show_section(answers_section(report.answers))

    def _scrolled(self) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        for card in (self.verdict, self.steps, self.chart, self.answers, self.figures):
            column.addWidget(card)
        column.addStretch(1)
        self.area = area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(say(text("Check")))
        return area
