"""Below the table: type, destination, Convert; then progress; then what came of it. One height for all three."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from app.core.convert import WrittenFile
from app.core.ggml_types import OutputType
from app.core.human_text import bytes_in_words
from app.core.plan import ConversionPlan, LmHeadVerdict
from app.core.progress import Progress
from app.core.text import in_one_line, text
from app.ui.output.also_button import AlsoButton
from app.ui.output.destination import from_home
from app.ui.output.result import Result
from app.ui.output.type_choice import TypeChoice
from app.ui.say import say
from app.ui.widgets.card_frame import paint_card, quiet
from app.ui.widgets.shown_text import plain_tooltip

PROGRESS_STEPS = 1000  # an int of Qt's has 32 bits, a byte count may have more


class OutputPanel(QStackedWidget):
    """Shows the choices, the progress or the result. Wishes go up as signals."""

    type_chosen = Signal(object)  # OutputType
    also_chosen = Signal(object)  # tuple of OutputType
    destination_wanted = Signal()
    convert_wanted = Signal()
    cancel_wanted = Signal()
    reveal_wanted = Signal()
    again_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form, self._running, self._done = _Form(), _Running(), Result()
        for page in (self._form, self._running, self._done):
            self.addWidget(page)
        self._form.types.chosen.connect(self.type_chosen)
        self._form.also.chosen.connect(self.also_chosen)
        self._form.change.clicked.connect(self.destination_wanted)
        self._form.convert.clicked.connect(self.convert_wanted)
        self._running.cancel.clicked.connect(self.cancel_wanted)
        self._done.reveal.clicked.connect(self.reveal_wanted)
        self._done.again.clicked.connect(self.again_wanted)

    def paintEvent(self, _: QPaintEvent) -> None:
        paint_card(self)

    def show_choices(self, plans: Mapping[OutputType, ConversionPlan], targets: Mapping[OutputType, Path]) -> None:
        """The sizes of all types, the files that would be written by their types, the space that is left."""
        self._form.fill(plans, targets)

    def show_form(self) -> None:
        """Back to the choices."""
        self.setCurrentWidget(self._form)

    def set_can_convert(self, can_convert: bool, reason: str) -> None:
        """Whether Convert can be clicked, and if not, why."""
        self._form.convert.setEnabled(can_convert)
        self._form.convert.setToolTip(say(reason))
        self._form.remark.setText(say(reason))

    def show_progress(self, progress: Progress) -> None:
        """Bytes, rate, time left, tensor."""
        self._running.fill(progress)
        self.setCurrentWidget(self._running)

    def show_started(self) -> None:
        """Before the first report."""
        self._running.reset()
        self.setCurrentWidget(self._running)
        self._running.cancel.setFocus()

    def show_result(self, written: Sequence[WrittenFile], head: LmHeadVerdict) -> None:
        """The finished files, and what was kept of a fine-tune or done about lm_head."""
        self._done.fill(written, head)
        self._show_done()

    def show_adapter(self, written: WrittenFile) -> None:
        """The same for an adapter's own file: how it is used."""
        self._done.fill_adapter(written)
        self._show_done()

    def _show_done(self) -> None:
        self.setCurrentWidget(self._done)
        self._done.reveal.setFocus()


class _Form(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.types, self.also = TypeChoice(), AlsoButton()
        self.target, self.remark = QLabel(), quiet(QLabel())
        self.target.setTextFormat(Qt.TextFormat.PlainText)
        self.target.setMinimumWidth(80)
        self.change = QPushButton(say(text("Change…")))
        self.change.setAccessibleName(say(text("Change the destination")))
        self.convert = QPushButton(say(text("Convert")))
        self.convert.setDefault(True)
        self.convert.setMinimumWidth(120)
        self.convert.setEnabled(False)
        self._free = quiet(QLabel())
        layout = QGridLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setHorizontalSpacing(12)
        layout.setColumnStretch(1, 1)
        for row, (title, widget) in enumerate(((text("Format"), self.types), (text("Save as"), self.target))):
            label = quiet(QLabel(say(title)))
            label.setBuddy(widget)
            layout.addWidget(label, row, 0)
        types = QHBoxLayout()
        types.setSpacing(8)
        types.addWidget(self.types)
        types.addWidget(self.also)
        types.addStretch(1)
        layout.addLayout(types, 0, 1)
        layout.addWidget(self.remark, 0, 2, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.convert, 0, 3)
        layout.addWidget(self.target, 1, 1)
        layout.addWidget(self._free, 1, 2, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.change, 1, 3)

    def fill(self, plans: Mapping[OutputType, ConversionPlan], targets: Mapping[OutputType, Path]) -> None:
        sizes = {kind: plan.byte_count for kind, plan in plans.items()}
        first, *others = targets
        self.types.show_sizes(sizes, first)
        self.also.show_types(sizes, first, tuple(others))
        path = in_one_line(from_home(targets[first]))
        self.target.setText(say(text("{path} and {count} more", path=path, count=len(others))) if others else path)
        self.target.setToolTip(plain_tooltip("\n".join(map(str, targets.values()))))
        self._show_free_space(targets[first], sum(sizes[kind] for kind in targets))

    def _show_free_space(self, target: Path, needed: int) -> None:
        try:
            free = shutil.disk_usage(target.parent).free
        except OSError:
            self._free.clear()
            return
        size = bytes_in_words(free)
        said = text("{size} free", size=size) if free >= needed else text("{size} free: not enough", size=size)
        self._free.setText(say(said))


class _Running(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setRange(0, PROGRESS_STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(say(text("Progress")))
        self.cancel = QPushButton(say(text("Cancel")))
        self.cancel.setMinimumWidth(120)
        self._text = quiet(QLabel())
        layout = QGridLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setHorizontalSpacing(12)
        layout.addWidget(self.bar, 0, 0)
        layout.addWidget(self.cancel, 0, 1)
        layout.addWidget(self._text, 1, 0, 1, 2)
        layout.setColumnStretch(0, 1)

    def reset(self) -> None:
        self.bar.setValue(0)
        self._text.setText(say(text("Writing the header…")))

    def fill(self, progress: Progress) -> None:
        self.bar.setValue(round(progress.share * PROGRESS_STEPS))
        what = text("{stage} {item}", stage=progress.stage.title, item=progress.item)
        self._text.setText("  ·  ".join(map(say, (what, *progress.in_words))))
