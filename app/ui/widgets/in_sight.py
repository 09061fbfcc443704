"""What has just appeared in a page that scrolls is brought into sight."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QScrollArea, QWidget

MARGIN = 12  # pixels around it


def bring_into_sight(widget: QWidget) -> None:
    """As soon as the page has made room for it; all of it, or its beginning where it is higher than the page."""
    QTimer.singleShot(0, widget, lambda: _scroll_to(widget))


def _scroll_to(widget: QWidget) -> None:
    area = _area_of(widget)
    if area is not None and widget.isVisible():
        area.ensureWidgetVisible(widget, 0, min(MARGIN, max(0, area.viewport().height() - widget.height()) // 2))


def _area_of(widget: QWidget) -> QScrollArea | None:
    above = widget.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    return above
