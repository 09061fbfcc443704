"""Below the formats: the destination and Convert; then what came of it."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.convert import WrittenFile
from app.core.ggml_types import OutputType
from app.core.human_text import bytes_in_words
from app.core.plan import ConversionPlan, LmHeadVerdict
from app.core.text import in_one_line, text
from app.ui.delivery.delivery_panel import DeliveryPanel
from app.ui.output.destination import from_home
from app.ui.output.result import Result
from app.ui.proof.file_check import FileCheck
from app.ui.say import say
from app.ui.widgets.card_frame import paint_card, quiet, selectable
from app.ui.widgets.elided_label import ElidedLabel
from app.ui.widgets.in_sight import bring_into_sight
from app.ui.widgets.outlined import OutlinedCheckBox

TYPED = (QLineEdit, QAbstractSpinBox, QPlainTextEdit)


class OutputPanel(QWidget):
    """Shows the choices or the result. Wishes go up as signals."""

    destination_wanted = Signal()
    convert_wanted = Signal()
    reveal_wanted = Signal()
    again_wanted = Signal()
    check_wanted = Signal()
    checks_afterwards_chosen = Signal(bool)
    details_wanted = Signal()
    file_chosen = Signal(int)  # of several finished files the one that the table is to show

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form, self._done = _Form(), Result()
        self.current: QWidget = self._form
        layout = QVBoxLayout(self)  # as high as what is shown, which no stack of widgets is
        layout.setContentsMargins(0, 0, 0, 0)
        self._is_new = False
        for page in (self._form, self._done):
            layout.addWidget(page)
        self._done.hide()
        self._form.change.clicked.connect(self.destination_wanted)
        self._form.convert.clicked.connect(self.convert_wanted)
        self._done.reveal.clicked.connect(self.reveal_wanted)
        self._done.again.clicked.connect(self.again_wanted)
        self._done.files.activated.connect(self.file_chosen)
        self._done.proof.check.clicked.connect(self.check_wanted)
        self._done.proof.details_wanted.connect(self.details_wanted)
        self._form.checks_afterwards.toggled.connect(self.checks_afterwards_chosen)

    @property
    def delivery(self) -> DeliveryPanel:
        """Where a finished file can go."""
        return self._done.delivery

    def paintEvent(self, _: QPaintEvent) -> None:
        paint_card(self)

    def begin(self) -> None:
        """Another model: as soon as it can be converted, Return does what the button looks like."""
        self._is_new = True

    def show_choices(self, plans: Mapping[OutputType, ConversionPlan], targets: Mapping[OutputType, Path]) -> None:
        """The sizes of all types, the files that would be written by their types, the space that is left."""
        self._form.fill(plans, targets)

    def show_form(self) -> None:
        """Back to the choices."""
        self._show(self._form)

    def set_can_convert(self, can_convert: bool, reason: str) -> None:
        """Whether Convert can be clicked, and if not, why."""
        self._form.convert.setEnabled(can_convert)
        if can_convert and self._is_new:
            self._is_new = False
            self._focus(self._form.convert)
        self._form.convert.setToolTip(say(reason))
        self._form.remark.setText(say(reason))

    def show_result(self, written: Sequence[WrittenFile], head: LmHeadVerdict) -> None:
        """The finished files, and what was kept of a fine-tune or done about lm_head."""
        self._done.fill(written, head)
        self._show_done()

    def show_adapter(self, written: WrittenFile) -> None:
        """The same for an adapter's own file: how it is used."""
        self._done.fill_adapter(written)
        self._show_done()

    def _show_done(self) -> None:
        self._show(self._done)
        self._focus(self._done.reveal)
        bring_into_sight(self._done)

    def _focus(self, button: QPushButton) -> None:
        """On what comes next, unless a person is on another page, or is typing."""
        if self.isVisible() and not isinstance(self.window().focusWidget(), TYPED):
            button.setFocus()

    def _show(self, page: QWidget) -> None:
        other = self._form if page is self._done else self._done
        other.hide()
        page.show()
        self.current = page

    def show_checks(self, checks: Sequence[FileCheck], can_check: bool) -> None:
        """How the checks of the finished files stand."""
        self._done.proof.show_checks(checks, can_check)

    def focus_details(self) -> None:
        """On the way to the details of the checks, by which a person comes back from them."""
        self._done.proof.details.setFocus()

    def show_checks_afterwards(self, checks: bool) -> None:
        """Whether finished files are checked without being asked."""
        self._form.checks_afterwards.setChecked(checks)


class _Form(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.target, self.remark = ElidedLabel(), quiet(QLabel())
        self.target.setMinimumWidth(80)
        selectable(self.target)
        self.change = QPushButton(say(text("Change…")))
        self.change.setAccessibleName(say(text("Change the destination")))
        self.convert = QPushButton(say(text("Convert")))
        self.convert.setDefault(True)
        self.convert.setMinimumWidth(120)
        self.convert.setEnabled(False)
        self._free = quiet(QLabel())
        self.checks_afterwards = OutlinedCheckBox()
        self.checks_afterwards.setText(say(text("Check against MLX afterwards")))
        self.checks_afterwards.setToolTip(
            say(text("Compares the finished file with the folder, in llama.cpp and mlx-lm. That takes minutes."))
        )
        self._place = quiet(QLabel())
        self._place.setBuddy(self.change)
        layout = QGridLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setHorizontalSpacing(12)
        layout.setColumnStretch(1, 1)
        layout.addWidget(self._place, 0, 0)
        layout.addWidget(self.target, 0, 1)
        layout.addWidget(self._free, 0, 2, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.change, 0, 3)
        layout.addWidget(self.checks_afterwards, 1, 0, 1, 2)
        layout.addWidget(self.remark, 1, 2, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.convert, 1, 3)

    def fill(self, plans: Mapping[OutputType, ConversionPlan], targets: Mapping[OutputType, Path]) -> None:
        sizes = {kind: plan.byte_count for kind, plan in plans.items()}
        first, *others = targets
        self._place.setText(say(text("Save in") if others else text("Save as")))
        path = in_one_line(from_home(targets[first].parent if others else targets[first]))
        size = bytes_in_words(sum(sizes[kind] for kind in targets))
        together = text("{folder}  ·  {count:,} files, {size}", folder=path, count=len(targets), size=size)
        self.target.show_line(together if others else path, "\n".join(map(str, targets.values())))
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
