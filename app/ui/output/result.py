"""What came of a conversion: the files, what they keep, a button to see them."""

import shlex
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.convert import WrittenFile
from app.core.describe.fine_tune_kept import kept_findings, kept_in_short, kept_in_words, together
from app.core.describe.try_it import adapter_command
from app.core.findings import Finding
from app.core.human_text import bytes_in_words, duration_in_words
from app.core.plan import LmHeadVerdict
from app.core.text import in_one_line, text
from app.ui.delivery.delivery_panel import DeliveryPanel
from app.ui.desktop import reveal_label
from app.ui.proof.check_line import CheckLine
from app.ui.say import say
from app.ui.widgets.card_frame import quiet, selectable
from app.ui.widgets.icon_label import IconLabel
from app.ui.widgets.icons import icon
from app.ui.widgets.shown_text import plain_tooltip, wrapped_tooltip

SIGN_SIZE = 28


class Result(QWidget):
    """One line for the files, one for what is in them, and where to go from here."""

    def __init__(self) -> None:
        super().__init__()
        self._text, self._remark = QLabel(), quiet(QLabel())
        self._sign = QStackedWidget()
        for name in ("done", "warning"):
            self._sign.addWidget(IconLabel(icon(name), SIGN_SIZE))
        self._sign.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        for label in (self._text, self._remark):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setMinimumWidth(80)
            selectable(label)
        self.files = QComboBox()
        self.files.setAccessibleName(say(text("File in the table")))
        self.files.setToolTip(say(text("Which of the files the table of tensors is about")))
        self.reveal = QPushButton(say(reveal_label()))
        self.again = QToolButton()
        self.again.setText(say(text("Other Format…")))
        self.proof, self.delivery = CheckLine(), DeliveryPanel()
        whole, layout, texts = QVBoxLayout(self), QHBoxLayout(), QVBoxLayout()
        whole.setContentsMargins(14, 12, 14, 12)
        whole.addLayout(layout)
        whole.setSpacing(10)
        whole.addWidget(self.delivery)
        whole.addWidget(self.proof)
        layout.setSpacing(12)
        texts.addStretch()
        texts.addWidget(self._text)
        texts.addWidget(self._remark)
        texts.addStretch()
        layout.addWidget(self._sign)
        layout.addLayout(texts, 1)
        layout.addWidget(self.files)
        layout.addWidget(self.reveal)
        layout.addWidget(self.again)

    def fill(self, written: Sequence[WrittenFile], head: LmHeadVerdict) -> None:
        """A model's files, and what was kept of a fine-tune or done about lm_head."""
        self._show_files(written)
        worst = min(
            (one for one in written if one.kept), key=lambda one: together(one.kept.values()).share, default=None
        )
        said = head.done if worst is None else kept_in_short(worst.kept)
        self._remark.setText(say(said))
        self._remark.setToolTip("" if worst is None else wrapped_tooltip(say(kept_in_words(worst.kept))))
        self._sign.setCurrentIndex(int(worst is not None and bool(kept_findings(worst.kept))))
        self.again.setText(say(text("Other Format…")))
        for part in (self.proof, self.delivery):
            part.setVisible(True)

    def fill_adapter(self, written: WrittenFile) -> None:
        """An adapter's own file, and the command that uses it."""
        self._show_files((written,))
        use = say(text("Use it with the GGUF file of its base model:"))
        self._remark.setText(f"{use} {in_one_line(adapter_command(shlex.quote(written.path.name)))}")
        self._remark.setToolTip(wrapped_tooltip(adapter_command(shlex.quote(str(written.path)))))
        self._sign.setCurrentIndex(0)
        self.again.setText(say(text("Back")))
        for part in (self.proof, self.delivery):  # what is checked, and what programs run, is a model
            part.setVisible(False)

    def _show_files(self, written: Sequence[WrittenFile]) -> None:
        names = in_one_line(", ".join(one.path.name for one in written))
        size, time = bytes_in_words(sum(one.byte_count for one in written)), duration_in_words(written[0].seconds)
        said = (
            text("{files} is ready: {size} in {time}", files=names, size=size, time=time)
            if len(written) == 1
            else text("{count:,} files are ready: {size} in {time}", count=len(written), size=size, time=time)
        )
        self.files.clear()
        self.files.addItems([in_one_line(one.path.name) for one in written])
        self.files.setVisible(len(written) > 1)
        self._text.setText(say(said))
        self._text.setToolTip(plain_tooltip("\n".join(str(one.path) for one in written)))


def lost_in(written: Sequence[WrittenFile]) -> list[Finding]:
    """What is to be said of files that hold too little of a fine-tune; of several, which one it is."""
    found = [(one, finding) for one in written for finding in kept_findings(one.kept)]
    if len(written) == 1:
        return [finding for _, finding in found]
    return [replace(one, what=text("{file}: {finding}", file=file.path.name, finding=one.what)) for file, one in found]
