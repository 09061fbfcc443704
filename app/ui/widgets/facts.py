"""What is known of something: a column of titles beside a column of values that wrap."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel

from app.core.text import in_one_line, text
from app.ui.say import say
from app.ui.widgets.card_frame import quiet, wrapping


class Facts(QGridLayout):
    """Rows keep their places, so that nothing jumps when a value changes."""

    def __init__(self) -> None:
        super().__init__()
        self.setHorizontalSpacing(12)
        self.setVerticalSpacing(6)
        self.setColumnStretch(1, 1)
        self.rows: list[tuple[QLabel, QLabel]] = []

    def show_rows(self, facts: Sequence[tuple[str, str]]) -> None:
        """Titles and values; rows that were there before and are not needed now are hidden."""
        while len(self.rows) < len(facts):
            self._add_row()
        for row in self.rows[len(facts) :]:
            for label in row:
                label.clear()
                label.hide()
        for (title, value), (name, what) in zip(self.rows, facts, strict=False):
            for label in (title, value):
                if label.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide):  # it was hidden above
                    label.show()
            title.setText(say(name))
            value.setText(in_one_line(say(what)))
            value.setAccessibleName(say(text("{title}: {value}", title=name, value=what)))

    def _add_row(self) -> None:
        title, value, row = quiet(QLabel()), wrapping(), len(self.rows)
        top = Qt.AlignmentFlag.AlignTop
        self.addWidget(title, row, 0, top)
        self.addWidget(value, row, 1, top)
        self.rows.append((title, value))
