"""The colour of what matters less: it can be read all the same, on light and on dark, at 4.5 : 1 and more."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

SHARE = 0.65  # of the text's own colour; the palette's PlaceholderText has 1.8 : 1 on a Mac


def quiet_colour(palette: QPalette) -> QColor:
    """Between the text and the ground of a window."""
    text, ground = palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window)
    return QColor.fromRgbF(
        *(
            SHARE * of_text + (1 - SHARE) * of_ground
            for of_text, of_ground in zip(text.getRgbF()[:3], ground.getRgbF()[:3], strict=True)  # type: ignore[index]
        )
    )


class QuietText(QObject):
    """Gives a widget this colour, and does so again when the palette has changed."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        widget.installEventFilter(self)
        self._colour()

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.PaletteChange:  # also after our own, when there is nothing left to change
            self._colour()
        return False

    def _colour(self) -> None:
        palette, group = QPalette(), QPalette.ColorGroup  # only this role; the others go on coming from the window
        for one in (group.Active, group.Inactive):
            palette.setColor(one, QPalette.ColorRole.WindowText, quiet_colour(QApplication.palette()))
        self._widget.setPalette(palette)
