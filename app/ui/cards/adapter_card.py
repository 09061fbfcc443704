"""What was trained and is added to the model: each adapter in a few lines, and by how much it counts."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QGridLayout, QPushButton, QVBoxLayout, QWidget

from app.core.describe.adapter_words import adapter_rows
from app.core.display_name import display_name
from app.core.model.adapted import Applied
from app.core.model.fine_tunes import state_in_words
from app.core.plan import ConversionPlan
from app.core.text import in_one_line, text
from app.ui.say import say
from app.ui.widgets.card_frame import CardFrame, heading, quiet, wrapping
from app.ui.widgets.facts import Facts
from app.ui.widgets.shown_text import plain_tooltip
from app.ui.widgets.tab_order import tab_after

STRONGEST, STEP = 10.0, 0.1


class AdapterCard(CardFrame):
    """Hidden without adapters. Each signal begins with the number of the adapter."""

    strength_chosen = Signal(int, float)
    state_chosen = Signal(int, object)  # Path
    removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(text("Fine-tune"), parent)
        self.parts: list[AdapterPart] = []
        self._shown: tuple[object, ...] = ()
        self.hide()

    def show_adapters(
        self, adapters: Sequence[Applied], states: Sequence[Sequence[Path]], plan: ConversionPlan
    ) -> None:
        """Fill in; what is being typed stays while the adapters are the same."""
        self.setVisible(bool(adapters))
        shown = tuple((one.adapter.file, tuple(files)) for one, files in zip(adapters, states, strict=True))
        if shown != self._shown:
            self._shown = shown
            self._replace_parts(adapters, states)
        for part, one in zip(self.parts, adapters, strict=True):
            part.facts.show_rows(adapter_rows(one, plan))

    def set_enabled(self, enabled: bool) -> None:
        """Whether anything can be changed now."""
        for part in self.parts:
            part.set_enabled(enabled)

    def _replace_parts(self, adapters: Sequence[Applied], states: Sequence[Sequence[Path]]) -> None:
        for part in self.parts:
            self.body.removeWidget(part)
            part.hide()  # at once; it goes when the event loop gets to it
            part.deleteLater()
        self.parts = [AdapterPart(one, files) for one, files in zip(adapters, states, strict=True)]
        for number, part in enumerate(self.parts):
            self.body.addWidget(part)
            part.strength.valueChanged.connect(lambda value, number=number: self.strength_chosen.emit(number, value))
            part.state.activated.connect(
                lambda place, number=number: self.state_chosen.emit(number, states[number][place])
            )
            part.remove.clicked.connect(lambda _=False, number=number: self.removed.emit(number))
        tab_after(self, self.parts)


class AdapterPart(QWidget):
    """One adapter."""

    def __init__(self, applied: Applied, states: Sequence[Path]) -> None:
        super().__init__()
        adapter, name = applied.adapter, in_one_line(display_name(applied.adapter.folder))
        self._is_scaled = bool(adapter.modules)  # whole tensors take the place of the model's
        title = wrapping(name)
        title.setFont(heading("").font())
        title.setToolTip(plain_tooltip(str(adapter.file.path)))
        self.facts = Facts()
        self.strength = self._strength_field(applied.strength, name)
        self.state = self._state_choice(states, adapter.file.path, name)
        self.remove = QPushButton(say(text("Remove")))
        self.remove.setAccessibleName(say(text("Remove {adapter}", adapter=name)))
        fields = QGridLayout()
        fields.setHorizontalSpacing(12)
        fields.setColumnStretch(2, 1)
        titles = {text("Strength"): (self.strength, self._is_scaled), text("Saved"): (self.state, len(states) > 1)}
        for row, (said, (field, is_shown)) in enumerate(titles.items()):
            label = quiet(wrapping(said))
            label.setWordWrap(False)
            label.setBuddy(field)
            for column, widget in enumerate((label, field)):
                fields.addWidget(widget, row, column)
                widget.setVisible(is_shown)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(title)
        layout.addLayout(self.facts)
        layout.addLayout(fields)
        layout.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignLeft)

    def set_enabled(self, enabled: bool) -> None:
        """Whether anything can be changed now."""
        for field in (self.strength, self.state, self.remove):
            field.setEnabled(enabled)

    def _strength_field(self, strength: float, name: str) -> QDoubleSpinBox:
        field = QDoubleSpinBox()
        field.setRange(-STRONGEST, STRONGEST)
        field.setSingleStep(STEP)
        field.setValue(strength)
        field.setAccessibleName(say(text("Strength of {adapter}", adapter=name)))
        field.setToolTip(say(text("1 adds the fine-tune as it was trained, 0.5 half of it, 0 nothing")))
        return field

    def _state_choice(self, states: Sequence[Path], current: Path, name: str) -> QComboBox:
        choice = QComboBox()
        for file in states:
            choice.addItem(say(state_in_words(file)))
        choice.setCurrentIndex(states.index(current) if current in states else -1)
        choice.setAccessibleName(say(text("State of the training of {adapter}", adapter=name)))
        choice.setToolTip(say(text("Which of the states that were saved during training is used")))
        return choice
