"""What there is to read about a model, each in a few words, and opened by a click."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from app.core.findings import Finding, Severity
from app.core.plan import ConversionPlan
from app.core.plan.head.lm_head_findings import HEAD
from app.core.text import NOTHING, Text, counted, text
from app.ui.page.detail import Detail
from app.ui.proof.tones import Tone
from app.ui.say import say
from app.ui.widgets.flow_layout import FlowLayout
from app.ui.widgets.icons import icon
from app.ui.widgets.shown_text import menu_text, wrapped_tooltip


class Links(QWidget):
    """Emits `wanted(Detail)`. Buttons keep their places; one that would lead nowhere is hidden."""

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = FlowLayout(self)
        order = (Detail.NOTES, Detail.HEAD, Detail.TOKENIZER, Detail.TENSORS, Detail.MODEL)
        self.buttons = {detail: QPushButton() for detail in order}
        for detail, button in self.buttons.items():
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, detail=detail: self.wanted.emit(detail))
            layout.addWidget(button)
            button.hide()

    def show_plan(self, plan: ConversionPlan, notes: Sequence[Finding]) -> None:
        """Of this plan, with these notes about it."""
        count = len(plan.tensors)
        self._show(Detail.NOTES, counted("{count} note", "{count} notes", len(notes)), bool(notes))
        self._show(Detail.HEAD, text("Output layer: {kind}", kind=plan.lm_head.kind.in_words), bool(count))
        heads = (finding.what for finding in plan.findings if finding.subject == HEAD)
        self.buttons[Detail.HEAD].setToolTip(wrapped_tooltip(say(next(heads, NOTHING))))
        self._show(Detail.TENSORS, counted("{count:,} tensor", "{count:,} tensors", count), bool(count or plan.dropped))
        self._show(Detail.MODEL, text("About the model"), True)
        is_grave = any(one.severity is not Severity.INFO for one in notes)
        self.buttons[Detail.NOTES].setIcon(icon((Tone.POOR if is_grave else Tone.PLAIN).sign))

    def show_tokenizer(self, is_there: bool) -> None:
        """Whether there is a vocabulary to look at."""
        self._show(Detail.TOKENIZER, text("Tokenizer and chat template"), is_there)

    def _show(self, detail: Detail, said: Text, is_there: bool) -> None:
        self.buttons[detail].setText(menu_text(say(said)))
        self.buttons[detail].setVisible(is_there)
