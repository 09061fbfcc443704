"""The lm_head verdict: what was found, its evidence, and the choice that is left."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from app.core.findings import Finding, Severity
from app.core.human_text import bytes_in_words
from app.core.plan import ConversionPlan, HeadAction, HeadChoice, HeadKind, LmHeadVerdict
from app.core.plan.head.lm_head_findings import HEAD
from app.core.text import NOTHING, Text, text
from app.ui.say import say
from app.ui.widgets.card_frame import CardFrame, wrapping
from app.ui.widgets.finding_row import enable_remedies, finding_row
from app.ui.widgets.outlined import OutlinedRadioButton
from app.ui.widgets.tab_order import tab_after

WITHOUT_HEAD = (HeadKind.TIED, HeadKind.MISSING)


class HeadCard(CardFrame):
    """Emits `chosen(HeadChoice)` when the user decides, `followed(Remedy)` for a way out of what stops."""

    chosen, followed = Signal(object), Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._evidence = wrapping()
        self._rows: list[QWidget] = []
        self._place = self.body.count()
        self.body.addWidget(self._evidence)
        self._group = QButtonGroup(self)
        self._buttons = {choice: OutlinedRadioButton() for choice in HeadChoice}
        for choice, button in self._buttons.items():
            self._group.addButton(button)
            self.body.addWidget(button)
            button.clicked.connect(lambda _=False, choice=choice: self.chosen.emit(choice))
        self._shown: tuple[Finding, ...] = ()

    def show_verdict(self, plan: ConversionPlan) -> None:
        """Fill in; findings about the head are shown here and nowhere else."""
        verdict = plan.lm_head
        findings = tuple(finding for finding in plan.findings if finding.subject == HEAD)
        if findings != self._shown:
            self._shown = findings
            self._replace_rows(findings)
        self._evidence.setText(say(_worst_rows(verdict)))
        self._evidence.setVisible(bool(self._evidence.text()))
        is_choice = len({one.action for one in verdict.options}) > 1
        for choice, button in self._buttons.items():
            button.setText(say(_label(choice, verdict)))
            is_of_use = choice is not HeadChoice.KEEP or verdict.kind not in WITHOUT_HEAD
            button.setVisible(is_choice and is_of_use)
        self._buttons[verdict.choice].setChecked(True)

    def set_enabled(self, enabled: bool) -> None:
        """Whether the choice can be changed now."""
        for button in self._buttons.values():
            button.setEnabled(enabled)
        enable_remedies(self._rows, enabled)

    def _replace_rows(self, findings: tuple[Finding, ...]) -> None:
        for row in self._rows:
            self.body.removeWidget(row)
            row.hide()  # at once; it goes when the event loop gets to it
            row.deleteLater()
        # what only may be chosen has its button below; what stops says how to go on
        stop = Severity.BLOCKER
        self._rows = [finding_row(one, self.followed.emit if one.severity is stop else None) for one in findings]
        for offset, row in enumerate(self._rows):
            self.body.insertWidget(self._place + offset, row)
        tab_after(self, self._rows)


def _worst_rows(verdict: LmHeadVerdict) -> Text:
    comparison = verdict.comparison
    if comparison is None or comparison.are_equal:
        return NOTHING
    rows = ", ".join(f"{row.row} ({row.largest:.3g})" for row in comparison.worst_rows)
    return text("Tokens that differ most, with their largest difference: {rows}", rows=rows)


def _label(choice: HeadChoice, verdict: LmHeadVerdict) -> Text:
    """What a choice does, and by how much the whole file grows."""
    if choice is HeadChoice.AUTO:
        return _automatic(verdict)
    added, is_copy = verdict.added(choice), verdict.kind is HeadKind.COPY
    if choice is HeadChoice.SHARE:
        if added:
            return text("Share the embedding (adds {size})", size=bytes_in_words(added))
        return text("Leave the copy out") if is_copy else text("Share the embedding")
    if not added:
        return text("Keep the copy") if is_copy else text("Keep separate")
    if is_copy:
        return text("Keep the copy (adds {size})", size=bytes_in_words(added))
    return text("Keep separate (adds {size})", size=bytes_in_words(added))


def _automatic(verdict: LmHeadVerdict) -> Text:
    """In the words of the choices below it."""
    option = verdict.option(HeadChoice.AUTO)
    if option is None or verdict.kind is HeadKind.COMPARING:
        return text("Automatic")
    if verdict.kind is HeadKind.COPY and option.action is HeadAction.SHARE:
        return text("Automatic: leave the copy out")
    if verdict.kind is HeadKind.UNTIED and option.action is HeadAction.WRITE_HEAD:
        return text("Automatic: keep separate")
    return text("Automatic: {action}", action=option.action.in_words)
