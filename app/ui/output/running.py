"""The progress of a conversion or a check, with Cancel."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QPushButton, QWidget

from app.core.progress import Progress
from app.core.text import in_one_line, text
from app.ui.say import say
from app.ui.widgets.card_frame import quiet

PROGRESS_STEPS = 1000  # an int of Qt's has 32 bits, a byte count may have more


class Running(QWidget):
    """What is going on, how far it is, how long it will take."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setRange(0, PROGRESS_STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(say(text("Progress")))
        self.cancel = QPushButton(say(text("Cancel")))
        self.cancel.setMinimumWidth(120)
        self.what, self._text = QLabel(), quiet(QLabel())
        for label in (self.what, self._text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setMinimumWidth(80)
        layout = QGridLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setHorizontalSpacing(12)
        layout.addWidget(self.what, 0, 0)
        layout.addWidget(self.bar, 1, 0)
        layout.addWidget(self.cancel, 1, 1)
        layout.addWidget(self._text, 2, 0)
        layout.setColumnStretch(0, 1)

    def reset(self, what: str) -> None:
        """Before the first report; `what` is going on."""
        self.bar.setValue(0)
        self.what.setText(in_one_line(say(what)))
        self._text.setText(say(text("Starting…")))

    def fill(self, progress: Progress) -> None:
        """Bytes, rate, time left, tensor."""
        self.bar.setValue(round(progress.share * PROGRESS_STEPS))
        what = text("{stage} {item}", stage=progress.stage.title, item=progress.item)
        self._text.setText("  ·  ".join(map(say, (what, *progress.in_words))))
