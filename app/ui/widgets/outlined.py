"""Radio buttons whose outline can be seen in the dark: Qt's Fusion style draws it darker than the window."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QRadioButton, QWidget

FUSION_DARKER = 140  # per cent; qtbase src/widgets/styles/qfusionstyle.cpp, outline()


class OutlinedRadioButton(QRadioButton):
    """Its outline lies half-way between text and ground. A Mac's own style takes no notice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outline()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ApplicationPaletteChange:
            self._outline()

    def _outline(self) -> None:
        whole = QApplication.palette()
        text, ground = whole.color(QPalette.ColorRole.WindowText), whole.color(QPalette.ColorRole.Base)
        middle = QColor(
            (text.red() + ground.red()) // 2, (text.green() + ground.green()) // 2, (text.blue() + ground.blue()) // 2
        )
        palette = QPalette()  # only this role; the others go on coming from the window
        palette.setColor(QPalette.ColorRole.Window, middle.lighter(FUSION_DARKER))
        self.setPalette(palette)
