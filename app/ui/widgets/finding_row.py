"""One finding: its sign, what was found, what it means, what to do, and the way to what the guide says about it."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.core.findings import Finding
from app.core.remedies import Remedy
from app.core.text import text
from app.ui.say import say
from app.ui.widgets.card_frame import quiet, wrapping
from app.ui.widgets.icon_label import IconLabel
from app.ui.widgets.icons import icon
from app.ui.widgets.learn_more import LearnMore
from app.ui.widgets.shown_text import menu_text

ICON_SIZE = 16


def enable_remedies(rows: Iterable[QWidget], enabled: bool) -> None:
    """The buttons of findings."""
    for row in rows:
        for button in row.findChildren(QPushButton):
            button.setEnabled(enabled)


def finding_row(finding: Finding, follow: Callable[[Remedy], object] | None = None) -> QWidget:
    """One finding with its sign, and a button for each of its remedies where they can be followed."""
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
    if follow is not None:
        for remedy in finding.remedies:
            texts.addWidget(_button(remedy, finding, follow), 0, Qt.AlignmentFlag.AlignLeft)
    layout.addWidget(LearnMore(finding.code, finding.what), 0, Qt.AlignmentFlag.AlignTop)
    return row


def _button(remedy: Remedy, finding: Finding, follow: Callable[[Remedy], object]) -> QPushButton:
    button = QPushButton(menu_text(say(remedy.label)))
    button.setAccessibleDescription(say(finding.what))
    button.clicked.connect(lambda: follow(remedy))
    return button
