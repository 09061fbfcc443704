"""A part of the inspector with a title; its contents keep their places."""

from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from app.core.text import Text
from app.ui.widgets.card_frame import heading


class Section(QWidget):
    """Widgets and layouts below each other."""

    def __init__(self, title: Text, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._layout.addWidget(heading(title))

    def add(self, *parts: QWidget | QLayout) -> None:
        """At the end."""
        for part in parts:
            if isinstance(part, QLayout):
                self._layout.addLayout(part)
            else:
                self._layout.addWidget(part)

    def remove(self, part: QWidget) -> None:
        """For ever."""
        self._layout.removeWidget(part)
        part.deleteLater()
