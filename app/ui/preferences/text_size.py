"""The size of all texts, as a share of the system's."""

from PySide6.QtWidgets import QApplication

SIZES = (100, 110, 125, 150, 175, 200)  # per cent


class TextSize:
    """Made before anything is changed, for it remembers the system's size."""

    def __init__(self, application: QApplication) -> None:
        self._application = application
        self._usual = application.font().pointSizeF()

    def apply(self, percent: int) -> None:
        """At once, in all windows."""
        font = self._application.font()
        font.setPointSizeF(self._usual * percent / 100)
        self._application.setFont(font)
