"""What a file says of its model to people, and whether it is divided into parts."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.human_text import bytes_in_words
from app.core.plan import MetadataEntry
from app.core.plan.header.edited import PREFIX, parse_entry
from app.core.text import text
from app.ui.say import say
from app.ui.widgets.card_frame import heading, quiet, wrapping

MARGIN, GAP = 24, 10
SIGNS_IN_LINE = 52
FIELDS = {
    "author": text("Author"),
    "description": text("Description"),
    "license": text("License"),
    "url": text("Web page"),
    "tags": text("Tags, with commas between"),
}
# Bytes in one part: what FAT32 and old uploads take, what is handy, what the Hub takes in one file
SPLITS = (None, 2 * 10**9, 4 * 10**9, 10 * 10**9, 48 * 10**9)
Then = Callable[[tuple[MetadataEntry, ...], int | None], object]


class FileSheet(QDialog):
    """Opened with open(). `then` is given PlanOptions' `metadata` and `split_max_size`."""

    def __init__(
        self,
        parent: QWidget | None,
        metadata: Sequence[MetadataEntry],
        edits: Sequence[MetadataEntry],
        split_max_size: int | None,
        then: Then,
    ) -> None:
        """`metadata`: what the plan would write, with the `edits` that were chosen before."""
        super().__init__(parent)
        self.setWindowTitle(say(text("Details of the File")))
        self._edits = {one.key: one for one in edits}
        written = {one.key: one.value for one in metadata}
        self._shown = {key: _as_text(written.get(PREFIX + key, "")) for key in FIELDS}
        self.fields = {key: QLineEdit(shown) for key, shown in self._shown.items()}
        self.split = QComboBox()
        sizes = SPLITS if split_max_size in SPLITS else (*SPLITS, split_max_size)
        for size in sizes:
            said = text("One file") if size is None else text("At most {size} in a file", size=bytes_in_words(size))
            self.split.addItem(say(said), size)
        self.split.setCurrentIndex(sizes.index(split_max_size))
        self.usual = QPushButton(say(text("As in the Model")))
        self.usual.setToolTip(say(text("Take back what was changed here")))
        self.usual.setEnabled(bool(edits))
        self.usual.clicked.connect(lambda: self._end(then, {}))
        self.accepted.connect(lambda: then(self.chosen(), self.split_max_size()))
        self.finished.connect(self.deleteLater)
        self._place()

    def chosen(self) -> tuple[MetadataEntry, ...]:
        """Earlier edits, and what was changed now; an empty field takes its key away."""
        found = dict(self._edits)
        for key, field in self.fields.items():
            said = " ".join(field.text().split())
            if said != self._shown[key]:
                found[PREFIX + key] = parse_entry(f"{key}={said}")
        return tuple(found.values())

    def split_max_size(self) -> int | None:
        """Bytes of tensors in one part."""
        found = self.split.currentData()
        return None if found is None else int(found)

    def _end(self, then: Then, edits: dict[str, MetadataEntry]) -> None:
        then(tuple(edits.values()), self.split_max_size())
        self.reject()

    def _place(self) -> None:
        layout, form = QVBoxLayout(self), QFormLayout()
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(GAP)
        layout.addWidget(heading(text("Details of the File")))
        layout.addWidget(quiet(wrapping(text("What programs and people read about the model. It changes no weights."))))
        form.setVerticalSpacing(GAP)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for key, field in self.fields.items():
            field.setMinimumWidth(self.fontMetrics().averageCharWidth() * SIGNS_IN_LINE)
            self._row(form, FIELDS[key], field)
        self._row(form, text("Parts"), self.split)
        layout.addLayout(form)
        layout.addSpacing(GAP)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.use = buttons.addButton(say(text("Use")), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.usual, QDialogButtonBox.ButtonRole.ResetRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        for button in buttons.buttons():
            if isinstance(button, QPushButton):
                button.setAutoDefault(button is self.use)
        self.use.setDefault(True)  # heard only in a dialog

    def _row(self, form: QFormLayout, title: str, field: QWidget) -> None:
        field.setAccessibleName(say(title))
        form.addRow(QLabel(say(title)), field)


def _as_text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
