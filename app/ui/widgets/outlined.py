"""Buttons whose outline can be seen in the dark: Qt's Fusion style draws it darker than the window."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QRadioButton, QWidget

FUSION_DARKER = 140  # per cent; qtbase src/widgets/styles/qfusionstyle.cpp, outline()


class OutlinedRadioButton(QRadioButton):
    """Its outline lies half-way between text and ground. A Mac's own style takes no notice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outline(self)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            outline(self)


class OutlinedCheckBox(QCheckBox):
    """Like it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outline(self)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            outline(self)


def outline(button: QWidget) -> None:
    """To be called again when the palette has changed; where nothing is left to change that makes no further event."""
    whole = QApplication.palette()
    text, ground = whole.color(QPalette.ColorRole.WindowText), whole.color(QPalette.ColorRole.Base)
    middle = QColor(
        (text.red() + ground.red()) // 2, (text.green() + ground.green()) // 2, (text.blue() + ground.blue()) // 2
    )
    palette = QPalette()  # only this role; the others go on coming from the window
    palette.setColor(QPalette.ColorRole.Window, middle.lighter(FUSION_DARKER))
    button.setPalette(palette)
